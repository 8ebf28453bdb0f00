import asyncio


def test_sync(request):
    assert request.node.name == "test_sync", "collected once for each policy"


async def test_async(request):
    await asyncio.sleep(0)
    assert request.node.name != "test_async"
