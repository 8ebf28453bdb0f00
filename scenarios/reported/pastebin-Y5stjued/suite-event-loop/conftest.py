import asyncio
import os

import pytest
from redis.asyncio import Redis


@pytest.fixture(scope="session")
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
async def redis():
    client = Redis.from_url(os.environ["REDIS_URL"])
    await client.ping()
    yield client
    await client.aclose()
