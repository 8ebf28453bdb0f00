async def test_get(session, url):
    async with session.get(url) as response:
        assert response.status == 204
