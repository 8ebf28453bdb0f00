import asyncio
import gc
import os
from urllib.parse import urlsplit

import aioredis
import pytest
import pytest_asyncio


def connect():
    url = urlsplit(os.environ["REDIS_URL"])
    return aioredis.Redis(host=url.hostname, port=url.port, password=url.password, db=int(url.path.strip("/") or 0))


class Service:
    def __init__(self, redis):
        self.redis = redis
        self.commands = {"ping": self.ping}

    async def ping(self):
        return await self.redis.ping()

    async def close(self):
        await self.redis.close()


@pytest_asyncio.fixture
async def service():
    service = Service(connect())
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
