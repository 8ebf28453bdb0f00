def test_users(client):
    assert client.get("/users") == 0
