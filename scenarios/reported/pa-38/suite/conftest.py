import pytest
from application import App


@pytest.fixture(scope="session")
def app():
    return App()
