import os

import pytest
from redis.asyncio import Redis

client = Redis.from_url(os.environ["REDIS_URL"])


@pytest.mark.asyncio
async def test_ping():
    assert await client.ping()
