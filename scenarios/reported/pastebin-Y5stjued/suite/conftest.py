import os

import pytest
from redis.asyncio import Redis


@pytest.fixture(scope="session")
async def redis():
    client = Redis.from_url(os.environ["REDIS_URL"])
    await client.ping()
    yield client
    await client.aclose()
