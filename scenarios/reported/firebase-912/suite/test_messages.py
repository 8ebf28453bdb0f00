import asyncio

import pytest


@pytest.mark.asyncio
async def test_message():
    await asyncio.sleep(0)
