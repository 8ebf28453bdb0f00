import asyncio

import pytest
import pytest_asyncio


@pytest_asyncio.fixture(autouse=True)
async def debugging():
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    yield
    loop.set_debug(False)


@pytest.mark.asyncio
async def test_debugging():
    assert asyncio.get_running_loop().get_debug()
