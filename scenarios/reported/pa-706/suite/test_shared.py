import asyncio


async def test_same_loop(shared_loop):
    assert asyncio.get_running_loop() is shared_loop, "loops differ"


async def test_awaits_what_the_fixture_made(answer):
    asyncio.get_running_loop().call_soon(answer.set_result, 42)
    assert await answer == 42
