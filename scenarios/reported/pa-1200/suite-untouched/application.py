import asyncio

from valkey.asyncio import Valkey


class App:
    def __init__(self, url):
        self.database = Valkey.from_url(url)

    async def handle(self, path):
        if path == "/users":
            return await self.database.dbsize()
        return "1.0"

    async def close(self):
        await self.database.aclose()


class TestClient:
    __test__ = False

    def __init__(self, app):
        self.app = app

    def get(self, path):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self.app.handle(path))
        finally:
            loop.close()
