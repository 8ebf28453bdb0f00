import asyncio

import pytest


@pytest.fixture(scope="session")
async def loop():
    yield asyncio.get_running_loop()


async def test_same_loop(loop):
    assert asyncio.get_running_loop() is loop, "loops differ"
