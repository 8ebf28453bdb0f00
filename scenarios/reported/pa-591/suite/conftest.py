import asyncio

import pytest
from loops import OwnPolicy


@pytest.fixture(scope="session", autouse=True)
def own_policy():
    asyncio.set_event_loop_policy(OwnPolicy())
