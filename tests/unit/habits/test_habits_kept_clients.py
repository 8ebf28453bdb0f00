"""Clients that are made later than where they are written, or kept by what makes them."""

from __future__ import annotations

import pytest

from harness.habits.axes import find_combinations, list_elsewhere
from tests.unit.habits.reading_by_hand import cells, read

MARKED = "import pytest\nfrom app import Store\npytestmark = pytest.mark.asyncio\n"


@pytest.mark.parametrize(("kind", "parameter", "it"), [("classmethod", "cls", "cls"), ("staticmethod", "", "Store")])
def test_a_class_that_keeps_its_one_object_keeps_the_client(kind: str, parameter: str, it: str) -> None:
    store = "    _one = None\n    def __init__(self):\n        self.client = Valkey()\n"
    store += f"    @{kind}\n    def get({parameter}):\n        if {it}._one is None:\n"
    store += f"            {it}._one = {it}()\n        return {it}._one\n"
    habits = read(
        app=f"from valkey.asyncio import Valkey\nclass Store:\n{store}",
        test_it=f"{MARKED}async def test_one():\n    await Store.get().client.ping()\n"
        "async def test_two():\n    await Store.get().client.ping()\n",
    )
    assert cells(habits) == ["default/function/cached_getter/none"]


def test_a_class_method_that_makes_another_one_each_time_keeps_none() -> None:
    store = "    def __init__(self):\n        self.client = Valkey()\n"
    store += "    @classmethod\n    def make(cls):\n        return cls()\n"
    habits = read(
        app=f"from valkey.asyncio import Valkey\nclass Store:\n{store}",
        test_it=f"{MARKED}async def test_one():\n    await Store.make().client.ping()\n",
    )
    assert cells(habits) == ["default/function/inside_test/none"]


@pytest.mark.parametrize("factory", ["lambda: Valkey(db=1)", "Valkey", "connect"])
def test_a_default_factory_makes_the_client_with_the_object_and_not_with_the_class(factory: str) -> None:
    habits = read(
        app="from dataclasses import dataclass, field\nfrom valkey.asyncio import Valkey\n"
        "def connect():\n    return Valkey()\n@dataclass\nclass Store:\n"
        f"    client: Valkey = field(default_factory={factory})\n",
        test_it=f"{MARKED}@pytest.fixture(scope='module')\ndef store():\n    return Store()\n"
        "async def test_one(store):\n    await store.client.ping()\n",
    )
    assert cells(habits) == ["default/module/sync_fixture/none"]


FIXTURE = """
    import asyncio, pytest
    from valkey.asyncio import Valkey
    @pytest.fixture
    def client():
        client = Valkey()
        {before}
        yield client
        {after}
        asyncio.run(client.aclose())
    @pytest.mark.asyncio
    async def test_one(client):
        await client.ping()
"""


@pytest.mark.parametrize(
    ("before", "after", "site"),
    [
        ("asyncio.run(client.flushdb())", "pass", "asyncio_run_fixture"),
        ("asyncio.run(fill(client))", "pass", "asyncio_run_fixture"),
        ("pass", "asyncio.run(client.flushdb())", "sync_fixture"),
        ("asyncio.run(migrate())", "pass", "sync_fixture"),
    ],
)
def test_a_sync_fixture_that_runs_its_client_before_the_test_has_connected_it(
    before: str, after: str, site: str
) -> None:
    (cell,) = cells(read(test_it=FIXTURE.format(before=before, after=after)))
    assert cell == f"default/function/{site}/asyncio_run"


def test_a_lifespan_that_a_sync_fixture_enters_is_only_like_the_measured_one() -> None:
    app = """
        from contextlib import asynccontextmanager
        from fastapi import FastAPI
        from valkey.asyncio import Valkey
        @asynccontextmanager
        async def lifespan(app):
            app.state.client = Valkey()
            yield
            await app.state.client.aclose()
        app = FastAPI(lifespan=lifespan)
    """
    test = """
        import pytest
        from fastapi.testclient import TestClient
        from app import app
        @pytest.fixture(scope="session")
        def web():
            with TestClient(app) as client:
                yield client
        @pytest.mark.asyncio
        async def test_one(web):
            await app.state.client.ping()
    """
    assert cells(read(app=app, test_it=test)) == ["~default/session/app_lifespan/aclose"]


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
def test_an_application_keeps_its_client_whatever_closes_the_client_of_the_application(fixture: str, test: str) -> None:
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture=fixture, test=test))
    assert [(one.library, one.name, str(one.place)) for one in habits.clients] == [("redis", "r", "db.py:2")]
    assert cells(habits) == ["default/function/module_global/none"]
    assert [str(one.place) for one in find_combinations(habits)] == ["db.py:2"]


def test_an_application_that_a_fixture_starts_and_ends_closes_its_client() -> None:
    fixture = "async with LifespanManager(app), AsyncClient(transport=ASGITransport(app)) as c: yield c"
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture=fixture, test=ASKING))
    assert cells(habits) == ["default/function/module_global/aclose"]


def test_httpx_over_the_network_is_a_client_as_others_are() -> None:
    fixture = "async with AsyncClient(transport=httpx.AsyncHTTPTransport(retries=1)) as c: yield c"
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture=fixture, test=ASKING))
    assert "httpx" in {one.library for one in habits.clients}


def test_a_client_that_only_sync_tests_come_to_is_not_passed_over() -> None:
    test = "def test_one():\n        assert TestClient(app).get('/hits')"
    habits = read(db=DATABASE, server=SERVED, test_it=OVER_HTTP.format(fixture="yield", test=test))
    (one,) = list_elsewhere(habits, find_combinations(habits))
    assert (str(one.place), one.why.partition(";")[0]) == ("db.py:2", "only 1 sync test comes to it")
