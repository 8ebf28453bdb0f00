import asyncio

import pytest


@pytest.fixture
async def queue():
    queue = asyncio.Queue()
    yield queue
    assert queue.empty()


@pytest.mark.asyncio
async def test_put(queue):
    await queue.put("job")
    assert await queue.get() == "job"
