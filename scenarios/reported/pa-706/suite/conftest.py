import asyncio

import pytest


@pytest.fixture(scope="session")
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
async def shared_loop():
    yield asyncio.get_running_loop()


@pytest.fixture(scope="session")
async def answer():
    yield asyncio.get_running_loop().create_future()
