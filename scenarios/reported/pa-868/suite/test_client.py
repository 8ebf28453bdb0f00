import asyncio

import pytest


class Client:
    def __init__(self):
        self.loop = asyncio.get_running_loop()


@pytest.fixture(scope="session")
async def client():
    yield Client()


@pytest.fixture(autouse=True)
async def clean_tables():
    yield


@pytest.mark.asyncio(scope="session")
async def test_client(client):
    assert asyncio.get_running_loop() is client.loop, "loop changed"
