"""Clients of an application that tests come to by HTTP, in the same process."""

from __future__ import annotations

import pytest

from harness.habits.axes import find_combinations, list_elsewhere
from tests.unit.habits.reading_by_hand import cells, read

DATABASE = "from redis.asyncio import Redis\nr = Redis()\nasync def close():\n    await r.aclose()\n"
SERVED = """
    from fastapi import FastAPI
    from db import close, r
    app = FastAPI(on_shutdown=[close])
    @app.get("/hits")
    async def hits():
        return await r.incr("hits")
"""
OVER_HTTP = """
    import httpx, pytest, pytest_asyncio
    from httpx import ASGITransport, AsyncClient
    from asgi_lifespan import LifespanManager
    from fastapi.testclient import TestClient
    from server import app
    pytestmark = pytest.mark.asyncio
    @pytest_asyncio.fixture
    async def http():
        {fixture}
    {test}
"""
IN_THREAD = """
    import pytest
    from contextlib import ExitStack
    from fastapi.testclient import TestClient
    from server import app
    @pytest.fixture
    def web():
        {fixture}
    {test}
"""
ASKING = "async def test_one(http):\n        await http.get('/hits')"


@pytest.mark.parametrize(
    ("fixture", "test"),
    [
        ("async with AsyncClient(transport=ASGITransport(app=app), base_url='http://t') as c: yield c", ASKING),
        ("async with httpx.AsyncClient(app=app) as c: yield c", ASKING),
        ("transport = ASGITransport(app)\n        async with AsyncClient(transport=transport) as c: yield c", ASKING),
        ("c = AsyncClient(app=app)\n        yield c\n        await c.aclose()", ASKING),
        ("yield", "async def test_one():\n        async with AsyncClient(app=app) as c: await c.get('/hits')"),
        ("yield", "client = AsyncClient(app=app)\n    async def test_one():\n        await client.get('/hits')"),
    ],
)
def test_httpx_calls_an_application_and_never_starts_it_whatever_closes_httpx_s_client(fixture: str, test: str) -> None:
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture=fixture, test=test))
    assert [(one.library, one.name, str(one.place)) for one in habits.clients] == [("redis", "r", "db.py:2")]
    assert cells(habits) == ["default/function/app_asgi_transport/aclose"]
    assert [str(one.place) for one in find_combinations(habits)] == ["db.py:2"]


def test_an_application_that_a_fixture_starts_and_ends_closes_its_client() -> None:
    fixture = "async with LifespanManager(app), AsyncClient(transport=ASGITransport(app)) as c: yield c"
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture=fixture, test=ASKING))
    assert cells(habits) == ["default/function/module_global/aclose"]


def test_httpx_over_the_network_is_a_client_as_others_are() -> None:
    fixture = "async with AsyncClient(transport=httpx.AsyncHTTPTransport(retries=1)) as c: yield c"
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture=fixture, test=ASKING))
    assert "httpx" in {one.library for one in habits.clients}


@pytest.mark.parametrize(
    ("fixture", "test", "cell"),
    [
        ("return TestClient(app)", "def test_one(web): web.get('/hits')", "app_test_client"),
        ("with TestClient(app) as web: yield web", "def test_one(web): web.get('/hits')", "app_test_client_with"),
        (
            "web = TestClient(app)\n        with web: yield web",
            "def test_one(web): web.get('/')",
            "app_test_client_with",
        ),
        (
            "with ExitStack() as stack:\n            yield stack.enter_context(TestClient(app))",
            "def test_one(web): web.get('/hits')",
            "app_test_client_with",
        ),
        ("yield", "def test_one(): TestClient(app).get('/hits')", "app_test_client"),
        ("yield", "def test_one():\n        with TestClient(app) as web: web.get('/hits')", "app_test_client_with"),
        ("yield", "web = TestClient(app)\n    def test_one(): web.get('/hits')", "app_test_client"),
        ("yield", "web = TestClient(app)\n    def test_one():\n        with web: web.get('/')", "app_test_client_with"),
        ("yield", "@pytest.mark.asyncio\n    async def test_one(): TestClient(app).get('/hits')", "app_test_client"),
    ],
)
def test_a_test_client_is_one_loop_for_each_request_unless_it_is_entered(fixture: str, test: str, cell: str) -> None:
    habits = read(db=DATABASE, server=SERVED, test_it=IN_THREAD.format(fixture=fixture, test=test))
    assert cells(habits) == [f"default/function/{cell}/aclose"]
    assert not list(list_elsewhere(habits, find_combinations(habits)))


def test_the_scope_of_the_fixture_that_runs_the_application_counts_also_where_another_one_makes_it() -> None:
    test = """
        import pytest
        from starlette.testclient import TestClient
        @pytest.fixture(scope="session")
        def served():
            from server import app
            return app
        @pytest.fixture(scope="module")
        def web(served):
            with TestClient(served) as web:
                yield web
        def test_one(web):
            web.get("/hits")
    """
    habits = read(db=DATABASE, server=SERVED, test_it=test)
    assert cells(habits) == ["default/module/app_test_client_with/aclose"]
    (found,) = find_combinations(habits)
    assert (str(found.place), found.fixture and found.fixture.name) == ("db.py:2", "web")


def test_a_client_that_a_fixture_hands_out_beside_the_application_is_on_the_test_s_loop_too() -> None:
    test = (
        "@pytest.fixture\n    def redis(): return r\n    @pytest.mark.asyncio\n    async def test_one(web, redis): ..."
    )
    written = IN_THREAD.format(fixture="return TestClient(app)", test=test).replace("import app", "import app, r")
    habits = read(db=DATABASE, server=SERVED, test_it=written)
    assert cells(habits) == ["~default/function/module_global/none"]


def test_a_client_that_only_sync_tests_come_to_is_not_passed_over() -> None:
    getter = (
        "from functools import cache\nfrom redis.asyncio import Redis\n@cache\ndef connect():\n    return Redis()\n"
    )
    test = "from fastapi.testclient import TestClient\nfrom db import connect\ndef test_one():\n    connect()\n"
    habits = read(db=getter, test_it=test)
    (one,) = list_elsewhere(habits, find_combinations(habits))
    assert (str(one.place), one.why.partition(";")[0]) == ("db.py:5", "only 1 sync test comes to it")
