"""Which fixture a name means where, as pytest resolves it, and which fixtures a test has."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from harness.habits.sources import CONFTEST, OWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.habits.model import Fixture, Habits, TestFunction

_PLUGIN, _CONFTEST, _MODULE, _CLASS = range(4)
"""How near a fixture is to who asks for it, by where it stands."""


class FixtureTable:
    """The fixtures of a suite."""

    def __init__(self, habits: Habits) -> None:
        self._fixtures = habits.fixtures

    @cached_property
    def _by_name(self) -> dict[str, list[Fixture]]:
        found: dict[str, list[Fixture]] = {}
        for one in self._fixtures:
            found.setdefault(one.name, []).append(one)
        return found

    def find(self, name: str, file: str, owner: str = "", above: Fixture | None = None) -> Fixture | None:
        """The fixture that a test or fixture of this file and class gets. `above`: it is asked for by that one."""
        ranked = [
            (rank, number, one)
            for number, one in enumerate(self._by_name.get(name, ()))
            if (rank := _rank(one, file, owner)) is not None
        ]
        ranked.sort(key=lambda each: each[:2], reverse=True)
        names = [one for _, _, one in ranked]
        if above in names:
            names = names[names.index(above) + 1 :]
        return next(iter(names), None)

    def list_of(self, test: TestFunction) -> tuple[Fixture, ...]:
        """All that a test has: autouse ones first, then what it asks for, and what these ask for.

        What an autouse fixture does around a sync test is not the test's: only what it asks for counts.
        """
        file, *classes = test.id.split(OWN)
        owner = ".".join(classes[:-1])
        found: dict[Fixture, None] = {}
        automatic = [
            one.name for one in self._fixtures if test.is_async and one.autouse and _rank(one, file, owner) is not None
        ]
        waiting = [self.find(name, file, owner) for name in (*automatic, *test.arguments)]
        while waiting:
            one = waiting.pop(0)
            if one is not None and one not in found:
                found[one] = None
                waiting += [self.find(name, file, owner, one if name == one.name else None) for name in one.arguments]
        return tuple(found)

    def list_above(self, fixture: Fixture, among: Iterable[Fixture]) -> tuple[Fixture, ...]:
        """Those that ask for a fixture, directly or not."""
        names = {fixture.name}
        found: dict[Fixture, None] = {}
        among = [one for one in among if one != fixture]
        while more := [one for one in among if one not in found and names.intersection(one.arguments)]:
            found |= dict.fromkeys(more)
            names |= {one.name for one in more}
        return tuple(found)


def _rank(fixture: Fixture, file: str, owner: str) -> tuple[int, int] | None:
    """How near it is; None where it isn't visible."""
    found = []
    for place in fixture.visible_in:
        if not place:
            found.append((_PLUGIN, 0))
        elif place == file:
            if not fixture.owner:
                found.append((_MODULE, 0))
            elif owner == fixture.owner or owner.startswith(f"{fixture.owner}."):
                found.append((_CLASS, fixture.owner.count(".")))
        elif posixpath.basename(place) == CONFTEST:
            folder = posixpath.dirname(place)
            if not folder or file.startswith(f"{folder}/"):
                found.append((_CONFTEST, len(folder)))
    return max(found, default=None)
