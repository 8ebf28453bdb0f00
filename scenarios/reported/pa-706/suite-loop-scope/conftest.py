import asyncio

import pytest_asyncio


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_loop():
    yield asyncio.get_running_loop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def answer():
    yield asyncio.get_running_loop().create_future()
