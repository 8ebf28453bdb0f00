import asyncio

import pytest


@pytest.mark.asyncio
async def test_before():
    await asyncio.sleep(0)


def test_unsets_the_loop():
    asyncio.set_event_loop(None)


@pytest.mark.asyncio
async def test_after():
    await asyncio.sleep(0)
