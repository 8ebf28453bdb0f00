import asyncio


class Client:
    def __init__(self):
        self.answers = asyncio.Queue()

    async def search(self):
        asyncio.get_event_loop().call_later(0.01, self.answers.put_nowait, ["hit"])
        return await self.answers.get()


class App:
    def __init__(self):
        self.client = Client()
