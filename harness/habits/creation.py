"""The axes `creation_site` and `fixture_scope`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.habits.traits import Trait
from harness.habits.usage import UNKNOWN, is_of_class, stands_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.habits.model import ClientSite, Fixture, Habits
    from harness.habits.usage import ClientUsage

SITE, SCOPE = "creation_site", "fixture_scope"


def find_creation(habits: Habits, usage: ClientUsage) -> Iterator[Trait]:
    """Where the client is made, and how long its fixture lives."""
    value, departs = _find_site(habits, usage)
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
    pool = usage.pool
    if pool is not None and (pool.place.file, pool.owner) != (client.place.file, client.owner):
        return "shared_pool", _compare_pool(usage)
    kept = (
        ("cached_getter", client.per_loop, "it keeps a client for each loop"),
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
    if value == "sync_fixture" and fixture is not None and _is_run_there(habits, usage, fixture):
        value = "asyncio_run_fixture"
    if client.where == "function":
        departs = f"`{client.owner}` makes it whenever that is called"
    return value, departs


def _find_in_fixture(client: ClientSite, fixture: Fixture) -> tuple[str, str]:
    asks = "event_loop" in fixture.arguments
    if client.library == UNKNOWN and not (asks and not fixture.is_async):
        return ("event_loop_fixture" if asks else "async_fixture"), "no client is known in it"
    if fixture.is_async:
        return ("event_loop_fixture" if asks else "async_fixture"), ""
    if client.driven_by:
        return "asyncio_run_fixture", "" if client.driven_by == "asyncio.run" else "`run_until_complete` makes it"
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
    if "own" not in (usage.test.serves, *(one.serves for one in usage.fixtures)):
        return ""
    return "a TestClient runs the application on a loop of its own, not on the test's"


def _compare_lifespan(fixture: Fixture | None) -> str:
    if fixture is None or fixture.is_async:
        return ""
    return f"`{fixture.name}` is no async fixture: what enters the lifespan there, such as TestClient, has its own loop"


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
    return (
        f"the pool is made in a {pool.where}"
        if pool.where != "module"
        else "the pool is made when a module is imported"
    )
