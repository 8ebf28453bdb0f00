import os

from valkey.asyncio import Valkey

counter = Valkey.from_url(os.environ["VALKEY_URL"])


async def test_it_counts():
    assert await counter.incr("visits") == 1


async def test_it_counts_on():
    assert await counter.incr("visits") == 2
    await counter.delete("visits")
