async def test_first(redis):
    assert await redis.ping()


async def test_second(redis):
    assert await redis.ping()
