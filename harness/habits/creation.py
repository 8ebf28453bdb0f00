"""The axes `creation_site` and `fixture_scope`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.habits.applications import IN_THREAD
from harness.habits.runners import UNITTEST
from harness.habits.traits import Trait
from harness.habits.usage import UNKNOWN, is_of_class, stands_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.habits.model import ClientSite, Fixture, Habits
    from harness.habits.usage import ClientUsage

SITE, SCOPE = "creation_site", "fixture_scope"

_FEW = 4
"""Connections of a pool for which tasks have to wait."""

_APPLICATIONS = {
    "transport": "app_asgi_transport",
    "request": "app_test_client",
    "lifespan": "app_test_client_with",
}

_CLUSTER = re.compile(r"\b\w+Cluster(\.\w+)?\(")
_OF_CLUSTER = "it is a cluster's client"


def find_creation(habits: Habits, usage: ClientUsage) -> Iterator[Trait]:
    """Where the client is made, and how long its fixture lives."""
    value, departs = _find_site(habits, usage)
    if _CLUSTER.search(usage.client.expression):
        value, departs = ("cluster_client", departs) if value == "async_fixture" else (value, departs or _OF_CLUSTER)
    yield Trait(axis=SITE, value=value, place=usage.client.place, departs=departs)
    fixture = usage.fixture
    if fixture is None:
        yield Trait(axis=SCOPE, value="function")
        return
    narrower = [one for one in usage.above if (one.scope or "function") != (fixture.scope or "function")]
    closed = [each for each in narrower for one in usage.closings if stands_in(one.place.file, one.place.line, each)]
    departs = f"`{closed[0].name}` closes it, whose scope is {closed[0].scope or 'function'}" if closed else ""
    yield Trait(axis=SCOPE, value=fixture.scope or "function", place=fixture.place, departs=departs)


def _find_site(habits: Habits, usage: ClientUsage) -> tuple[str, str]:
    """The value, and how the suite differs from it."""
    client, fixture = usage.client, usage.fixture
    if usage.serving in _APPLICATIONS:
        return _APPLICATIONS[usage.serving], ""
    pool = usage.pool
    if pool is not None and (pool.place.file, pool.owner) != (client.place.file, client.owner):
        return _find_pool_site(usage)
    kept = (
        ("client_of_thread", client.driven_by == "run_coroutine_threadsafe", _compare_thread(fixture)),
        ("per_loop", client.per_loop, _compare_key(client)),
        ("loop_argument", client.loop_argument, ""),
        ("cached_getter", client.cached, _compare_serving(usage)),
        ("app_lifespan", client.lifespan, _compare_lifespan(fixture)),
        ("class_attribute", client.where == "class" and is_of_class(usage.test, client.owner), ""),
        ("module_global", client.where in ("module", "class"), _compare_serving(usage)),
    )
    found = next(((value, departs) for value, holds, departs in kept if holds), None)
    if found is not None:
        return found
    value, departs = ("inside_test", "") if fixture is None else _find_in_fixture(client, fixture)
    run = {"sync_fixture": "asyncio_run_fixture", "async_fixture": "asyncio_run_async_fixture"}
    if value in run and fixture is not None and _is_run_there(habits, usage, fixture):
        value = run[value]
    if client.where == "function":
        departs = f"`{client.owner}` makes it whenever that is called"
    return value, departs


def _find_in_fixture(client: ClientSite, fixture: Fixture) -> tuple[str, str]:
    asks = "event_loop" in fixture.arguments
    if client.library == UNKNOWN and not (asks and not fixture.is_async):
        return ("event_loop_fixture" if asks else "async_fixture"), "no client is known in it"
    if client.driven_by:
        value = "asyncio_run_async_fixture" if fixture.is_async else "asyncio_run_fixture"
        return value, "" if client.driven_by == "asyncio.run" else "`run_until_complete` makes it"
    if fixture.is_async:
        return ("event_loop_fixture" if asks else "async_fixture"), ""
    return ("event_loop_fixture", "the fixture is no async one") if asks else ("sync_fixture", "")


def _is_run_there(habits: Habits, usage: ClientUsage, fixture: Fixture) -> bool:
    """Whether a sync fixture itself uses its client, on a loop that it runs, before the tests have it."""
    closed = {one.place for one in usage.closings}
    named = re.compile(rf"\b{re.escape(usage.client.name)}\b")
    return bool(usage.client.name) and any(
        call.what in ("asyncio.run", "run_until_complete")
        and stands_in(call.place.file, call.place.line, fixture)
        and call.place.line < (fixture.first_yield or fixture.end)
        and call.place not in closed
        and named.search(call.argument)
        for call in habits.calls
    )


def _compare_serving(usage: ClientUsage) -> str:
    if not {usage.test.serves, *(one.serves for one in usage.fixtures)}.intersection(IN_THREAD):
        return ""
    return "a TestClient runs the application on a loop of its own, not on the test's"


def _compare_lifespan(fixture: Fixture | None) -> str:
    if fixture is None or fixture.is_async:
        return ""
    return f"`{fixture.name}` is no async fixture: what enters the lifespan there, such as TestClient, has its own loop"


def _compare_thread(fixture: Fixture | None) -> str:
    if fixture is None:
        return "no fixture makes it"
    return "the fixture that makes it is an async one" if fixture.is_async else ""


def _compare_key(client: ClientSite) -> str:
    if "[id(" not in client.name:
        return ""
    return "it is kept under the loop's `id()`, which a later loop can have as well"


def _find_pool_site(usage: ClientUsage) -> tuple[str, str]:
    """Of a client on a pool that others use too."""
    pool, departs = usage.pool, _compare_pool(usage)
    assert pool is not None
    if "BlockingConnectionPool" not in pool.expression:
        return "shared_pool", departs
    most = re.search(r"max_connections=(\d+)", pool.expression)
    if most is None or int(most[1]) > _FEW:
        return "shared_pool", departs or "a task waits when all the pool's connections are in use"
    return "blocking_pool", departs or ("" if most[1] == "2" else f"the pool has {most[1]} connections at most")


def _compare_pool(usage: ClientUsage) -> str:
    pool = usage.pool
    assert pool is not None
    if pool.where == "fixture":
        maker = next((one for one in usage.fixtures if stands_in(pool.place.file, pool.place.line, one)), None)
        if maker is not None and maker.is_async:
            return "the fixture that makes the pool is an async one"
        if maker is not None and maker.scope != "session":
            return f"the pool is made for each {maker.scope or 'function'}"
        return ""
    if pool.where == "module" and usage.test.runner == UNITTEST:
        return ""  # there are no fixtures
    return (
        f"the pool is made in a {pool.where}"
        if pool.where != "module"
        else "the pool is made when a module is imported"
    )
