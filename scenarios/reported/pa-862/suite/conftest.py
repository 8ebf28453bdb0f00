import pytest_asyncio


@pytest_asyncio.fixture(scope="module")
async def settings():
    return {"debug": True}
