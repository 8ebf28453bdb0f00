async def test_an_item_is_added(client):
    await client.hset("basket", "apple", 2)
    assert await client.hgetall("basket") == {"apple": "2"}


async def test_a_new_basket_is_empty(client):
    assert await client.hlen("basket") == 0
