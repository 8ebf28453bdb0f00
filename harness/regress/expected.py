"""Expected differences: which changes an entry excuses, until when, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.label import NOT_APPLICABLE
from harness.output.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from packaging.specifiers import SpecifierSet

    from harness.catalogue.selection import Selection
    from harness.compare.model import CellChange
    from harness.environments.model import Environment

PYTHON = "python"


@dataclass(frozen=True, kw_only=True)
class ExpectedDifference:
    """One expected difference: which cells, in which environments, and until when."""

    number: int  # place in the file, from 1
    selection: Selection | None
    cells: frozenset[str]
    versions: tuple[tuple[str, SpecifierSet], ...]
    before: str
    after: str
    reason: str
    until: date | tuple[str, SpecifierSet]

    @property
    def ends(self) -> str:
        """`2027-01-31`, `pytest-asyncio >=1.6`."""
        return f"{self.until}" if isinstance(self.until, date) else f"{self.until[0]} {self.until[1]}"

    @property
    def packages(self) -> tuple[str, ...]:
        """Those whose versions it names, `python` among them."""
        until = () if isinstance(self.until, date) else self.until[:1]
        return (*(package for package, _ in self.versions), *until)

    def has_ended(self, environment: Environment, today: date) -> bool:
        """Whether it has ended, on this day or in this environment. The last day still counts."""
        if isinstance(self.until, date):
            return today > self.until
        return is_in_range(environment, *self.until)

    def is_about(self, environment: Environment, change: CellChange, values: Mapping[str, str]) -> bool:
        """Whether it is of this change, ended or not."""
        chosen = change.cell in self.cells or not (self.cells or self.selection)
        if self.selection and values:
            chosen = chosen or self.selection.matches(values)
        return (
            chosen
            and all(is_in_range(environment, package, specifier) for package, specifier in self.versions)
            and all(
                _is_label(wanted, label) for wanted, label in zip((self.before, self.after), change.labels, strict=True)
            )
        )


class EntryStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one entry."""

    number: int
    reason: str
    until: str
    excused: int  # differences
    expired: bool
    late: int  # differences it would have excused if it hadn't ended

    @property
    def unused(self) -> bool:
        """It matched nothing, and could have."""
        return not (self.excused or self.late or self.expired)


class Expectations:
    """Entries of a file, and how often each was met: `excuse` counts."""

    def __init__(
        self,
        entries: Iterable[ExpectedDifference] = (),
        *,
        values: Callable[[str], Mapping[str, str]],
        today: date,
    ) -> None:
        self._entries = tuple(entries)
        self._values = values
        self._today = today
        self._excused: Counter[int] = Counter()
        self._late: Counter[int] = Counter()

    def excuse(self, environment: Environment, change: CellChange) -> ExpectedDifference | None:
        """The first entry that expects the change in the environment where it was run, and has not ended."""
        values = self._values(change.cell)
        for entry in self._entries:
            if entry.is_about(environment, change, values):
                if not entry.has_ended(environment, self._today):
                    self._excused[entry.number] += 1
                    return entry
                self._late[entry.number] += 1
        return None

    def standings(self, environments: Collection[Environment]) -> tuple[EntryStatus, ...]:
        """What became of each entry in these environments."""
        return tuple(
            EntryStatus(
                number=entry.number,
                reason=entry.reason,
                until=entry.ends,
                excused=self._excused[entry.number],
                expired=bool(self._late[entry.number])
                or (bool(environments) and all(entry.has_ended(each, self._today) for each in environments)),
                late=self._late[entry.number],
            )
            for entry in self._entries
        )


def is_in_range(environment: Environment, package: str, specifier: SpecifierSet) -> bool:
    """Whether a version is in the range; of Python, whether the full one or its minor is."""
    if package == PYTHON:
        versions = [environment.python, environment.python_minor]
    else:
        versions = [environment.installed[package]] if package in environment.installed else []
    return any(specifier.contains(version, prereleases=True) for version in versions)


def _is_label(wanted: str, label: str) -> bool:
    """`n/a` is any reason why a cell can't be expressed; a label that was cut for printing counts as printed."""
    if not wanted or wanted in (label, one_line(label), one_line(label, 120)):
        return True
    return wanted == NOT_APPLICABLE and label.startswith(f"{NOT_APPLICABLE}:")
