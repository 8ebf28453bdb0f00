import asyncio

import pytest


@pytest.fixture(autouse=True)
def debugging(event_loop):
    event_loop.set_debug(True)
    yield
    event_loop.set_debug(False)


@pytest.mark.asyncio
async def test_debugging():
    assert asyncio.get_running_loop().get_debug()
