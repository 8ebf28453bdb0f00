import pytest
from loops import OwnPolicy


@pytest.fixture(scope="session")
def event_loop_policy():
    return OwnPolicy()
