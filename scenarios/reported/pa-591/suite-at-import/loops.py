import asyncio


class OwnLoop(asyncio.SelectorEventLoop):
    pass


class OwnPolicy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        return OwnLoop()
