import asyncio

import pytest


class Library:
    def __init__(self, loop):
        self.loop = loop

    def refresh(self):
        return self.loop.run_until_complete(self.scan())

    async def scan(self):
        await asyncio.sleep(0)
        return ["metroid"]


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def library(loop):
    return Library(loop)


async def test_scan():
    assert await Library(asyncio.get_running_loop()).scan() == ["metroid"]


def test_refresh(library):
    assert library.refresh() == ["metroid"]


def test_refresh_without_fixture(loop):
    assert Library(loop).refresh() == ["metroid"]
