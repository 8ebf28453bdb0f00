"""Habits → values of the catalogue's axes: one combination for each client and each way in which tests come to it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness.habits.calls import RUNNERS
from harness.habits.cases import DECORATOR as CASE
from harness.habits.cleanups import find_cleanup, flushes_around
from harness.habits.creation import find_creation
from harness.habits.fixtures import FixtureTable
from harness.habits.loop_scopes import find_loop_scope, find_mode
from harness.habits.model import ClientSite, Fixture, SourcePlace, TestFunction, Undecided
from harness.habits.policies import find_policy
from harness.habits.runners import ANYIO, UNITTEST, find_runner
from harness.habits.sources import OWN
from harness.habits.traits import Trait
from harness.habits.usage import ClientUsage, is_of_class, is_shared, make_unknown, stands_in
from harness.habits.workers import find_workers
from harness.habits.workloads import find_cancel_scope, find_interleaving, find_workload

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from harness.habits.model import Habits


RUNNERS_READ = ("", ANYIO, UNITTEST)
"""What runs the tests that are looked at."""


ReadUsage = tuple[ClientUsage, dict[str, Trait]]
"""How a test comes to a client, and the values of the axes that the test alone decides."""


class Combination(msgspec.Struct, frozen=True, kw_only=True):
    """How clients of one name are made, kept and put away, and the tests that come to them in the same way.

    Where several modules or classes have the same habit, it is one.
    """

    clients: tuple[ClientSite, ...]  # at least one
    fixtures: tuple[Fixture, ...]  # that make them or hand them out; none: the tests come to them themselves
    tests: tuple[TestFunction, ...]
    traits: tuple[Trait, ...]  # one for each axis, in any order

    @property
    def values(self) -> dict[str, str]:
        """axis → value."""
        return {one.axis: one.value for one in self.traits}

    @property
    def departures(self) -> tuple[Trait, ...]:
        """Where the suite does something that no value of the axis is; the value is the nearest then."""
        return tuple(one for one in self.traits if one.departs)

    @property
    def client(self) -> ClientSite:
        """The first."""
        return self.clients[0]

    @property
    def fixture(self) -> Fixture | None:
        """The first, if there is any."""
        return next(iter(self.fixtures), None)

    @property
    def place(self) -> SourcePlace:
        """Where to look first."""
        return self.handing.place if self.handing is not None else self.client.place

    @property
    def handing(self) -> Fixture | None:
        """The first that hands the client out, or makes it."""
        fixture = self.fixture
        keeps = fixture is not None and bool(fixture.returns) and not fixture.serves
        return fixture if keeps or not is_shared(self.client) else None


def find_combinations(habits: Habits) -> tuple[Combination, ...]:
    """All of a suite, in order of place."""
    grouped: dict[tuple[object, ...], list[ReadUsage]] = {}
    asking: list[ReadUsage] = []
    for usage in _list_all_usages(habits):
        read = usage, {one.axis: one for one in _list_traits(habits, usage)}
        if not (usage.test.is_async or usage.is_in_thread) and _only_asks(habits, usage):
            asking.append(read)
        else:
            grouped.setdefault(_make_key(*read), []).append(read)
    asked: dict[tuple[object, ...], list[TestFunction]] = {}
    for usage, traits in asking:
        keys = [key for key, group in grouped.items() if _comes_between(usage, group)]
        for key in keys:
            asked.setdefault(key, []).append(usage.test)
        if not keys:
            grouped.setdefault(_make_key(usage, traits), []).append((usage, traits))
    found = [_join(habits, group, asked.get(key, ())) for key, group in grouped.items()]
    return tuple(sorted(found, key=lambda one: (one.place, one.client.place, one.tests[0].place)))


def _list_all_usages(habits: Habits) -> Iterator[ClientUsage]:
    """How the tests come to clients on a loop."""
    table = FixtureTable(habits)
    for test in habits.tests:
        if test.runner not in RUNNERS_READ or (test.runner == UNITTEST and not test.is_async):
            continue
        for usage in _list_usages(habits, table, test):
            if test.is_async or usage.is_in_thread or _is_driven(habits, usage):
                yield usage


def _make_key(usage: ClientUsage, traits: Mapping[str, Trait]) -> tuple[object, ...]:
    """What tests have in common that are one combination."""
    client, fixture = usage.client, usage.fixture
    return (
        *(client.library, client.where, client.through, client.name),
        *((fixture.name.rpartition(OWN)[2], fixture.is_async) if fixture is not None else ()),
        *((one.axis, one.value, one.departs) for one in traits.values()),
    )


def _only_asks(habits: Habits, usage: ClientUsage) -> bool:
    """Whether a sync test runs no loop itself: it only asks for what an async fixture makes."""
    return not any(
        call.what in RUNNERS and stands_in(call.place.file, call.place.line, usage.test) for call in habits.calls
    )


def _comes_between(usage: ClientUsage, group: Iterable[ReadUsage]) -> bool:
    """Whether async tests get their client from the same fixture, and the last of them comes after the sync test."""
    place = usage.test.place
    return any(
        one.test.is_async and one.client == usage.client and one.fixture == usage.fixture and place < one.test.place
        for one, _ in group
    )


def list_elsewhere(habits: Habits, found: Iterable[Combination]) -> Iterator[Undecided]:
    """Clients that only sync tests come to, as by way of an application that a TestClient runs."""
    known = {client.place for one in found for client in one.clients}
    table = FixtureTable(habits)
    numbers = Counter(
        place
        for test in habits.tests
        if not test.is_async and not test.runner
        for place in {*test.clients, *(place for one in table.list_of(test) for place in one.clients)}
    )
    for one in habits.clients:
        if numbers[one.place] and one.place not in known and not one.is_pool:
            tests = "1 sync test comes" if numbers[one.place] == 1 else f"{numbers[one.place]:,} sync tests come"
            why = f"only {tests} to it; on which loops it is used then is known only when they run"
            yield Undecided(place=one.place, what=one.expression, why=why)


def _list_usages(habits: Habits, table: FixtureTable, test: TestFunction) -> Iterator[ClientUsage]:
    """The clients that a test comes to."""
    fixtures = table.list_of(test)
    reached = {*test.clients, *(place for one in fixtures for place in one.clients)}
    attributes = {name for one in fixtures for name in one.class_attributes}
    clients = [one for one in habits.clients if one.place in reached or _is_attribute(one, attributes, test)]
    pools = {id(pool) for one in clients if (pool := _find_pool(one, clients, fixtures)) is not None}
    usages = [
        ClientUsage.make(
            habits=habits,
            table=table,
            test=test,
            fixtures=fixtures,
            client=one,
            pool=_find_pool(one, clients, fixtures),
        )
        for one in clients
        if id(one) not in pools
    ]
    # A client that only empties the database around each test is a part of how the others are put away.
    main = [one for one in usages if not (one.fixture is not None and flushes_around(one.fixture))]
    yield from main or usages
    handing = {fixture for one in usages for fixture in one.handing}
    for fixture in fixtures:
        if (fixture.decorator == CASE and not fixture.returns) or (fixture.open_scope and usages):
            continue
        if fixture not in handing and not (fixture.clients or fixture.serves) and _concerns_loops(fixture):
            client = make_unknown(fixture.place, fixture.name, fixture.returns)
            yield ClientUsage.make(
                habits=habits, table=table, test=test, fixtures=fixtures, client=client, pool=None, fixture=fixture
            )


def _is_driven(habits: Habits, usage: ClientUsage) -> bool:
    """Whether a sync test gets its client onto a loop: by an async fixture, or by code that runs one."""
    if any(one.is_async for one in usage.handing):
        return True
    functions = {*usage.test.functions, *(name for one in usage.fixtures for name in one.functions)}
    own: tuple[TestFunction | Fixture, ...] = (usage.test, *usage.fixtures)
    return any(
        call.what in RUNNERS
        and (
            f"{call.place.file}{OWN}{call.owner}" in functions
            or any(stands_in(call.place.file, call.place.line, one) for one in own)
        )
        for call in habits.calls
    )


def _concerns_loops(fixture: Fixture) -> bool:
    """Whether it runs on a loop, or asks for it, though no client is known in it."""
    own = fixture.name in ("event_loop", "event_loop_policy")
    return (fixture.is_async or "event_loop" in fixture.arguments) and not own and not flushes_around(fixture)


def _is_attribute(client: ClientSite, attributes: Collection[str], test: TestFunction) -> bool:
    """Whether it is the attribute of the test's class that a fixture reads."""
    return client.where == "class" and client.name in attributes and is_of_class(test, client.owner)


def _find_pool(client: ClientSite, clients: Iterable[ClientSite], fixtures: Iterable[Fixture]) -> ClientSite | None:
    """The pool that a client is made on, where it has a place of its own."""
    if not client.pool:
        return None
    name = client.pool.rpartition(".")[2]
    held = {place for one in fixtures if one.name == client.pool for place in one.clients}
    return next((one for one in clients if one.is_pool and (one.name.endswith(name) or one.place in held)), None)


def _list_traits(habits: Habits, usage: ClientUsage) -> Iterator[Trait]:
    """Those that are the same for each of the tests that are grouped."""
    yield find_policy(habits, usage)
    yield from find_creation(habits, usage)
    yield find_cleanup(usage)
    yield find_loop_scope(habits, usage)
    yield find_mode(habits, usage)
    yield find_runner(habits, usage)
    yield find_workers(habits, usage)
    yield from find_cancel_scope(usage)


def _join(habits: Habits, group: list[ReadUsage], asking: Sequence[TestFunction]) -> Combination:
    """One combination of the tests that share all but what happens between them."""
    _, traits = group[0]
    tests = tuple(one.test for one, _ in group)
    whole = (find_interleaving(habits, tests, asking), find_workload(tests))
    return Combination(
        clients=tuple(dict.fromkeys(one.client for one, _ in group)),
        fixtures=tuple(dict.fromkeys(one.fixture for one, _ in group if one.fixture is not None)),
        tests=tests,
        traits=(*traits.values(), *(one for one in whole if one.axis not in traits)),
    )
