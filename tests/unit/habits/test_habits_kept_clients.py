"""Clients that are made later than where they are written, or kept by what makes them."""

from __future__ import annotations

import pytest

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
