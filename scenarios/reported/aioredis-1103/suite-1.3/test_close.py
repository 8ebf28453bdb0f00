import asyncio
import gc
import os

import aioredis
import pytest
import pytest_asyncio


class Service:
    def __init__(self, redis):
        self.redis = redis
        self.commands = {"ping": self.ping}

    async def ping(self):
        return await self.redis.ping()

    async def close(self):
        self.redis.close()
        await self.redis.wait_closed()


@pytest_asyncio.fixture
async def service():
    service = Service(await aioredis.create_redis_pool(os.environ["REDIS_URL"]))
    yield service
    await service.close()


@pytest_asyncio.fixture
async def something_else():
    gc.collect()
    await asyncio.sleep(0)
    gc.collect()


@pytest.mark.asyncio
async def test_ping(service):
    assert await service.commands["ping"]()


@pytest.mark.asyncio
async def test_something_else(something_else):
    await asyncio.sleep(0)
