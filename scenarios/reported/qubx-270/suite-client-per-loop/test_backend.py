import asyncio

from backend import backend


async def test_first():
    assert await asyncio.gather(backend.ready(), backend.ready()) == [True, True]


async def test_second():
    assert await asyncio.gather(backend.ready(), backend.ready()) == [True, True]
