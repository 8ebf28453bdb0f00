import asyncio

import pytest
import pytest_asyncio


@pytest_asyncio.fixture
async def queue():
    queue = asyncio.Queue()
    yield queue
    assert queue.empty()


@pytest.mark.asyncio
async def test_put(queue):
    await queue.put("job")
    assert await queue.get() == "job"
