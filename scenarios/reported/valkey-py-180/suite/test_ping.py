import os

import pytest
from valkey.asyncio import Valkey

client = Valkey.from_url(os.environ["VALKEY_URL"])


@pytest.mark.asyncio
async def test_ping():
    assert await client.ping()
