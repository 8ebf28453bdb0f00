import pytest


@pytest.mark.parametrize("times", [1, 2])
async def test_known(client, times):
    for _ in range(times):
        response = await client.get("/known")
        assert response.status_code == 200
