"""The types of what `diagnose` says. They are plain data: JSON is made of them as they are."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.habits.model import SourcePlace, Undecided
from harness.verdicts.model import Status

Level = Literal["error", "warning", "note"]


class HabitReading(msgspec.Struct, frozen=True, kw_only=True):
    """One habit as it was read: the value of an axis."""

    axis: str
    value: str
    meaning: str  # in the catalogue's words
    place: SourcePlace | None = None
    departs: str = ""  # how the suite differs from the value, which is only the nearest


class MeasuredHabit(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell showed in one environment."""

    cell: str
    environment: str  # id
    status: Status
    label: str
    signatures: tuple[str, ...] = ()
    differs: tuple[
        str, ...
    ] = ()  # from the suite's own cell: "workload is get_set, not pubsub"; empty: it is that cell


class UpgradeStep(msgspec.Struct, frozen=True, kw_only=True):
    """What the same habit shows on another release of pytest-asyncio."""

    version: str
    changed: bool
    measured: MeasuredHabit | None = None
    command: str = ""  # measures it, where it wasn't


class HabitCure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured change that leads to something better, in the suite's own names."""

    steps: tuple[str, ...]
    places: tuple[SourcePlace, ...]
    cell: str
    status: Status
    label: str
    releases: tuple[str, ...]  # of pytest-asyncio on which that was measured
    diff: str = ""  # between the two cells' suites


class HabitFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one client, or one fixture, and the tests that come to it in one way."""

    rule: str  # the signature's name; "clean", "fails", "not-applicable" or "not-measured"
    level: Level
    title: str
    place: SourcePlace
    end: int  # last line
    client: str  # as it is made
    made: tuple[SourcePlace, ...]
    library: str
    fixture: str
    tests: tuple[str, ...]
    habits: tuple[HabitReading, ...]
    cell: str  # the suite's own, or the nearest
    caveats: tuple[str, ...] = ()
    measured: MeasuredHabit | None = None
    reason: str = ""  # why nothing is known
    command: str = ""  # measures it
    upgrades: tuple[UpgradeStep, ...] = ()
    cures: tuple[HabitCure, ...] = ()


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All about one suite."""

    suite: str
    folder: str
    files: int  # of Python, in the suite
    tests: int
    fixtures: int
    clients: int
    versions: str
    beside: str = ""  # what becomes of an environment that lies beside the suite
    options: tuple[str, ...] = ()  # that named them, for the next command
    environment: str = ""  # the measured one that is looked at
    matched: bool = True  # whether that has the reader's versions
    notes: tuple[str, ...] = ()
    findings: tuple[HabitFinding, ...] = ()
    settings: tuple[str, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    broken: tuple[Undecided, ...] = ()

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """The cells that could be measured and weren't, each once."""
        possible = (one for one in self.findings if one.rule != "not-applicable")
        return tuple(dict.fromkeys(one.cell for one in possible if one.command or not self.matched))
