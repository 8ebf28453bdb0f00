import asyncio
import gc

import pytest
import pytest_asyncio


@pytest_asyncio.fixture
async def resource():
    yield "resource"


@pytest.mark.asyncio
async def test_async(resource):
    await asyncio.sleep(0)
    assert resource == "resource"


def test_sync():
    asyncio.run(asyncio.sleep(0))
    gc.collect()
