import pytest_asyncio
from application import cache


@pytest_asyncio.fixture(scope="class", loop_scope="class")
async def running_app():
    await cache.start()
    yield cache
    await cache.close()


class TestApi:
    async def test_cached(self, running_app):
        assert await running_app.get("schema") is None
