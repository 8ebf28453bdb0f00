import asyncio

from loops import OwnLoop


async def test_first():
    assert isinstance(asyncio.get_running_loop(), OwnLoop), "policy came too late"


async def test_second():
    assert isinstance(asyncio.get_running_loop(), OwnLoop), "policy came too late"
