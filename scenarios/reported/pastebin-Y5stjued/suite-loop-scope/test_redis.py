import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_first(redis):
    assert await redis.ping()


async def test_second(redis):
    assert await redis.ping()
