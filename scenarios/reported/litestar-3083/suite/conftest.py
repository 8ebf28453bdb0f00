import os

import pytest
from litestar import Litestar, Request, get
from litestar.stores.redis import RedisStore
from litestar.testing import AsyncTestClient


@get("/known")
async def known(request: Request) -> bool:
    return await request.app.stores.get("sessions").exists("token")


@pytest.fixture(scope="session")
def app():
    return Litestar([known], stores={"sessions": RedisStore.with_client(url=os.environ["REDIS_URL"])})


@pytest.fixture
async def client(app):
    async with AsyncTestClient(app=app) as client:
        yield client
