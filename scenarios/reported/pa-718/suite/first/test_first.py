async def test_first(database):
    assert database == "database"
