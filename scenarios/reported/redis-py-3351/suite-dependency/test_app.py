import pytest
from app import app
from fastapi.testclient import TestClient


@pytest.fixture
def client():
    return TestClient(app)


async def test_two_requests(client):
    assert client.get("/ping").json() == {"pong": True}
    assert client.get("/ping").json() == {"pong": True}
