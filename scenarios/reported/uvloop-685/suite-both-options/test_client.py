async def test_first(client):
    assert await client.ping()


async def test_second(client):
    assert await client.ping()
