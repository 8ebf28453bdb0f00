import os

import pytest
import uvloop
from valkey.asyncio import Valkey


@pytest.fixture(scope="session")
def event_loop_policy():
    return uvloop.EventLoopPolicy()


@pytest.fixture(scope="session")
def client():
    return Valkey.from_url(os.environ["VALKEY_URL"])
