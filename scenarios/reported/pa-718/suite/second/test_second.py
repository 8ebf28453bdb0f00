async def test_second(database):
    assert database == "database"
