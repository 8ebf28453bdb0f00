import pytest


@pytest.mark.asyncio
async def test_search(app):
    assert await app.client.search() == ["hit"]


@pytest.mark.asyncio
async def test_search_again(app):
    assert await app.client.search() == ["hit"]
