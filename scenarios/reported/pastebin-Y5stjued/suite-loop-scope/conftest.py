import os

import pytest_asyncio
from redis.asyncio import Redis


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis():
    client = Redis.from_url(os.environ["REDIS_URL"])
    await client.ping()
    yield client
    await client.aclose()
