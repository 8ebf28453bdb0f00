def test_version(client):
    assert client.get("/version") == "1.0"
