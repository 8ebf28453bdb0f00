import pytest

pytestmark = pytest.mark.asyncio(scope="module")


async def test_first(settings):
    assert settings["debug"]
