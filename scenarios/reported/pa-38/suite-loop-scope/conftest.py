import pytest_asyncio
from application import App


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app():
    return App()
