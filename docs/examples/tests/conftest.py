import os

import pytest_asyncio
from valkey.asyncio import Valkey


@pytest_asyncio.fixture
async def client(event_loop):
    client = Valkey.from_url(os.environ["VALKEY_URL"], decode_responses=True)
    yield client
    await client.flushdb()
    await client.aclose()
