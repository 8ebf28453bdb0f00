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
def library():
    return Library(asyncio.get_event_loop())


async def test_scan():
    assert await Library(asyncio.get_running_loop()).scan() == ["metroid"]


def test_refresh(library):
    assert library.refresh() == ["metroid"]


def test_refresh_without_fixture():
    assert Library(asyncio.get_event_loop()).refresh() == ["metroid"]
