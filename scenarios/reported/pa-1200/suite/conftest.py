import os

import pytest
from application import App, TestClient


@pytest.fixture(scope="session")
async def app():
    app = App(os.environ["VALKEY_URL"])
    yield app
    await app.close()


@pytest.fixture
def client(app):
    return TestClient(app)
