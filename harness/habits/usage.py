"""How one test comes to one client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from harness.habits.applications import IN_THREAD, find_server, list_callers, list_served
from harness.habits.cases import DECORATOR as CASE
from harness.habits.model import ClientSite, Fixture
from harness.habits.sources import OWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.habits.fixtures import FixtureTable
    from harness.habits.model import ClosingSite, Habits, Serving, SourcePlace, TestFunction

UNKNOWN = ""
"""The library of what is no client that is known."""


@dataclass(frozen=True, kw_only=True)
class ClientUsage:
    """A client, the fixture that makes it or hands it out, and those between that and the test."""

    test: TestFunction
    client: ClientSite
    pool: ClientSite | None
    fixture: Fixture | None
    above: tuple[Fixture, ...]  # that ask for `fixture`, directly or not
    fixtures: tuple[Fixture, ...]  # all of the test
    closings: tuple[ClosingSite, ...]  # of this client
    serving: Serving = ""  # how the application is run by which alone the test comes to the client

    @classmethod
    def make(
        cls,
        *,
        habits: Habits,
        table: FixtureTable,
        test: TestFunction,
        fixtures: tuple[Fixture, ...],
        client: ClientSite,
        pool: ClientSite | None,
        fixture: Fixture | None = None,
    ) -> ClientUsage:
        """Find out what is between the client and the test. `fixture`: it is known which one makes it."""
        fixture = fixture or _find_holder(client, fixtures)
        server = find_server(client, test, fixtures) if fixture is None else None
        if isinstance(server, Fixture):
            fixture = server
        above = table.list_above(fixture, fixtures) if fixture is not None else ()
        holders = [one for one in (fixture, *above) if one is not None]
        return cls(
            test=test,
            client=client,
            pool=pool,
            fixture=fixture,
            above=above,
            fixtures=fixtures,
            closings=tuple(
                _look_into(one, client, habits)
                for one in habits.closings
                if _closes(one, client, holders, test, list_callers(test, fixtures, holders, server))
                or (pool is not None and _disconnects(one, pool, holders))
            ),
            serving=server.serves if server is not None else "",
        )

    @property
    def is_in_thread(self) -> bool:
        """Whether the application runs in a thread: the test itself needs no loop then."""
        return self.serving in IN_THREAD

    @property
    def handing(self) -> tuple[Fixture, ...]:
        """The fixtures by which the client comes to the test."""
        return () if self.fixture is None else (self.fixture, *self.above)


def make_unknown(place: SourcePlace, owner: str, expression: str) -> ClientSite:
    """What a fixture makes of which nobody knows whether it belongs to a loop."""
    return ClientSite(
        place=place, library=UNKNOWN, expression=expression, where="fixture", owner=owner, name=expression
    )


def _find_holder(client: ClientSite, fixtures: Iterable[Fixture]) -> Fixture | None:
    """The fixture that makes the client; of those that only name it, the first that hands something out."""
    attribute = client.name if client.where == "class" else ""
    holding = [one for one in fixtures if client.place in one.clients or attribute in one.class_attributes]
    for one in holding:
        if stands_in(client.place.file, client.place.line, one):
            return one
    if is_shared(client):
        served = list_served(fixtures)
        holding = [one for one in holding if one.name not in served]
    return next((one for one in holding if one.returns), next(iter(holding), None))


def is_shared(client: ClientSite) -> bool:
    """Whether it is there without any fixture: what tests come to it by has no part in making it."""
    return client.where == "module" or (client.cached and not client.lifespan)


def stands_in(file: str, line: int, function: Fixture | TestFunction) -> bool:
    """Whether a line belongs to a function."""
    return function.place.file == file and function.place.line <= line <= function.end


def _closes(
    closing: ClosingSite, client: ClientSite, holders: list[Fixture], test: TestFunction, called: Collection[str]
) -> bool:
    """Whether a closing is this client's: it stands where the client is made or comes by, and names it."""
    place = closing.place
    within_fixtures = [one for one in holders if stands_in(place.file, place.line, one)]
    within = bool(within_fixtures) or stands_in(place.file, place.line, test)
    same_function = place.file == client.place.file and closing.owner == client.owner and bool(client.owner)
    if closing.by_loop:
        functions = {*test.functions, *(name for one in holders for name in one.functions)}
        return f"{place.file}{OWN}{closing.owner}" in functions
    if not within and not same_function:
        shared = client.where in ("module", "class") and bool(client.name)
        own = f"{place.file}{OWN}{closing.owner}" in called
        return shared and own and closing.name.rpartition(".")[2] == client.name.rpartition(".")[2]
    if same_function and place.line == client.place.line:
        return True
    kept = [one.returns for one in holders if one in within_fixtures or one.decorator == CASE]
    names = {client.name.rpartition(".")[2], *(one.name for one in holders), *kept}
    return closing.name.rpartition(".")[2] in names - {""}


def _disconnects(closing: ClosingSite, pool: ClientSite, holders: Iterable[Fixture]) -> bool:
    """Whether it closes the connections of the client's pool where the client comes by."""
    place, named = closing.place, closing.name.rpartition(".")[2] == pool.name.rpartition(".")[2]
    within = any(stands_in(place.file, place.line, one) for one in holders)
    return closing.how == "pool_disconnect" and named and within


def _look_into(closing: ClosingSite, client: ClientSite, habits: Habits) -> ClosingSite:
    """The closing as what it does to the client, where a method of the suite's own does it."""
    if not client.through or closing.how not in ("aclose", "close"):
        return closing
    inner = (one for one in habits.closings if one.owner == f"{client.through}.{closing.how}")
    return msgspec.structs.replace(closing, how=next((one.how for one in inner), closing.how))


def is_of_class(test: TestFunction, owner: str) -> bool:
    """Whether a test stands in this class."""
    return test.id.split(OWN)[1:-1] == owner.split(".")
