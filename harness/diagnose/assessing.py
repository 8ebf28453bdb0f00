"""What was measured of a suite's habits in one environment, on later releases, and what is better."""

from __future__ import annotations

import shlex
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from harness.analysis.label import label
from harness.catalogue.loading import find_values
from harness.diagnose.changes import describe_change
from harness.diagnose.diagnosis import HabitCure, HabitFinding, HabitReading, MeasuredHabit, UpgradeStep
from harness.diagnose.naming import MEANINGS, list_signatures, name_rule, write_title
from harness.habits.case_words import find_runner_of, fit_meaning
from harness.habits.cleanups import RESP
from harness.habits.creation import APPLICATIONS
from harness.habits.usage import UNKNOWN
from harness.invocation import command_line
from harness.knowledge.code import show_change
from harness.knowledge.cures import find_cures
from harness.packages import CLIENTS
from harness.pipeline.cells import make_target
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.diagnose.diagnosis import Level
    from harness.habits.axes import Combination
    from harness.knowledge.model import Cure
    from harness.knowledge.outcomes import Outcomes
    from harness.knowledge.readers import ReadersVersions

KEPT = ("creation_site", "fixture_scope", "loop_scope", "runner")
"""Axes in which a measured cell must be the suite's own to say anything about it."""

ALIKE = {
    ("loop_scope", "ini_session"): "session",
    ("loop_scope", "hook_session"): "session",
    ("loop_scope", "param_session"): "session",
    ("loop_scope", "fixture_scope_ini"): "unset",
    ("creation_site", "app_asgi_transport"): "module_global",
}
"""What is written in another way, and what is the same but for that."""

WEIGHED = ("cleanup_style", "loop_policy", "workers", "asyncio_mode", "interleaving", "workload")
"""Those in which it may differ, which is then printed; the first weighs most."""

SHARED = frozenset({"module_global", "class_attribute", "cached_getter", "shared_pool", *APPLICATIONS.values()})
"""Where a client is made that several tests have, each on its own loop."""

MOST_CURES = 2

LOOP_SCOPES_SINCE = Version("0.24.0")
"""The release before which `pytest_asyncio.fixture` raises `TypeError` for `loop_scope`."""

_LEVELS: Mapping[Status, Level] = {
    Status.REPRODUCES: "error",
    Status.FAILS: "error",
    Status.LEAKS: "warning",
    Status.WARNS: "warning",
}


class Assessor:
    """Judges combinations by what was measured in one environment, named by its key; empty: nothing was measured."""

    def __init__(
        self,
        outcomes: Outcomes,
        catalogue: Catalogue,
        versions: ReadersVersions,
        environment: str,
        upgrades: Sequence[str],
    ) -> None:
        self._outcomes = outcomes
        self._catalogue = catalogue
        self._versions = versions
        self._environment = environment
        self._named = upgrades  # versions that are named; none: every later one that was measured

    def assess(self, found: Combination) -> HabitFinding:
        """All that is known of one combination."""
        cell = self._catalogue.cell(found.values)
        reason, command = self._find_refusal(found), ""
        measured = None if reason else self._measure_here(cell)
        if measured is None and not reason:
            reason = self._explain_unmeasured(cell)
            command = "" if self._is_impossible(cell) else self._write_command(cell, self._versions.arguments)
        elif measured is not None and measured.differs:
            command = self._write_command(cell, self._versions.arguments)
        level: Level = _LEVELS.get(measured.status, "note") if measured else "note"
        caveats = tuple(self._list_caveats(found, level))
        return HabitFinding(
            rule=name_rule(measured, impossible=self._is_impossible(cell)),
            level="warning" if level == "error" and caveats else level,
            title=write_title(found),
            place=found.place,
            end=found.handing.end if found.handing is not None else found.client.place.line,
            client=found.client.expression,
            made=tuple(one.place for one in found.clients),
            library=found.client.library,
            fixture=found.handing.name if found.handing is not None else "",
            tests=tuple(one.id for one in found.tests),
            habits=tuple(self._list_readings(found)),
            cell=cell.id,
            caveats=caveats,
            measured=measured,
            reason=reason,
            command=command,
            upgrades=tuple(self._list_upgrades(cell, measured)),
            cures=tuple(self._list_cures(found, measured)),
        )

    def _find_refusal(self, found: Combination) -> str:
        """Why these versions don't even load the fixture; empty where they do."""
        own = _parse(self._versions.plugin.text)
        named = [one for one in found.fixtures if one.loop_scope is not None]
        if own is None or own >= LOOP_SCOPES_SINCE or not named:
            return ""
        return f"its `loop_scope` is a TypeError before pytest-asyncio {LOOP_SCOPES_SINCE}: no test of its file runs"

    def _list_caveats(self, found: Combination, level: Level) -> Iterator[str]:
        """Why what was measured may not be what the suite shows."""
        library, here = found.client.library, self._outcomes.environments.get(self._environment)
        if here is not None and here.client in CLIENTS and library not in (UNKNOWN, *_list_alike(here.client)):
            yield f"the client is {library}'s; what was measured is {here.client}'s"
        yield from (one.departs for one in found.departures)
        lazy = found.values["creation_site"] == "async_fixture" and not any(one.awaits for one in found.fixtures)
        if level == "error" and lazy:
            # The first test connects it then, as with a sync fixture.
            values = {**found.values, "creation_site": "sync_fixture", "cleanup_style": "none"}
            first = self._measure_here(self._catalogue.cell(values))
            if first is not None and _LEVELS.get(first.status) != "error":
                yield f"the first test connects it, not the fixture; for that, {first.cell} was measured: {first.label}"
        alone = len(found.tests) == 1 and not found.tests[0].repeated
        if alone and found.values["creation_site"] in SHARED and not any(one.is_async for one in found.fixtures):
            yield "only one test comes to it; what was measured has several"

    def _list_readings(self, found: Combination) -> Iterator[HabitReading]:
        by_axis = {one.axis: one for one in found.traits}
        for axis in self._catalogue.axes:
            one = by_axis[axis]
            meaning = MEANINGS.get((axis, one.value)) or self._catalogue.axes[axis].values[one.value].value.meaning
            meaning = fit_meaning(meaning, axis, found.values["runner"])
            yield HabitReading(axis=axis, value=one.value, meaning=meaning, place=one.place, departs=one.departs)

    def _measure_here(self, cell: Cell) -> MeasuredHabit | None:
        """What is known on the reader's versions, or else on the same release where more was measured."""
        own = next((key for key in self._same if self._outcomes.verdict(cell.id, key) is not None), "")
        if own or not self._larger:
            near = (self._measure(cell, key) for key in ((own,) if own else self._same))
            return next((one for one in near if one is not None), None)
        same = self._outcomes.verdict(cell.id, self._larger) is not None
        measured = None if same else self._measure(cell, self._environment)
        if measured is None and (measured := self._measure(cell, self._larger)) is not None:
            here, there = (self._outcomes.environments[key] for key in (self._environment, self._larger))
            pairs = {"pytest": (there.pytest, here.pytest), here.client: (there.client_version, here.client_version)}
            others = (f"{name} is {other}, not {own}" for name, (other, own) in pairs.items() if other != own)
            measured = msgspec.structs.replace(measured, differs=(*measured.differs, *others))
        return measured

    @cached_property
    def _same(self) -> tuple[str, ...]:
        """The environments with the reader's versions, the chosen one first: they differ in what else is installed."""
        known = self._outcomes.environments
        here = known.get(self._environment)
        others = (key for key, one in known.items() if here and (one.id, one.pytest) == (here.id, here.pytest))
        return tuple(dict.fromkeys((self._environment, *others)))

    @cached_property
    def _larger(self) -> str:
        """An environment with the same release, Python and client in which more was measured; empty: there is none."""
        here = self._outcomes.environments.get(self._environment)
        other = self._find_environment(here.plugin) if here is not None else ""
        numbers = [len(self._outcomes.outcomes(key)) for key in (other, self._environment)]
        return other if numbers[0] > numbers[1] else ""

    def _measure(self, cell: Cell, environment: str) -> MeasuredHabit | None:
        """What the cell showed there, or else the measured one that is most like it."""
        verdict = self._outcomes.verdict(cell.id, environment)
        if verdict is not None:
            return self._make_measured(cell.id, environment, verdict, ())
        values = self._catalogue.values(cell)
        near = self._find_nearest(values, environment)
        if near is None:
            alike = {axis: ALIKE.get((axis, value), value) for axis, value in values.items()}
            near = self._find_nearest(alike, environment) if alike != values else None
        if near is None:
            return None
        verdict = self._outcomes.verdict(near, environment)
        assert verdict is not None
        other = find_values(near)
        differs = tuple(
            f"{axis} is {other[axis]}, not {values[axis]}"
            for axis in ("creation_site", "loop_scope", *WEIGHED)
            if other[axis] != values[axis]
        )
        return self._make_measured(near, environment, verdict, differs)

    def _find_nearest(self, values: Mapping[str, str], environment: str) -> str | None:
        """A measured cell that is the same in what decides most."""
        near = self._kept_cells(environment).get(_list_kept(values), ())
        ranked = ((tuple(find_values(cell)[axis] != values[axis] for axis in WEIGHED), cell) for cell in near)
        return min(ranked, default=(None, None))[1]

    def _kept_cells(self, environment: str) -> Mapping[tuple[object, ...], list[str]]:
        if environment not in self._by_kept:
            found: dict[tuple[object, ...], list[str]] = {}
            for cell, outcome in self._outcomes.outcomes(environment).items():
                values = find_values(cell)
                if values and outcome.verdict.status is not Status.NOT_APPLICABLE:
                    found.setdefault(_list_kept(values), []).append(cell)
            self._by_kept[environment] = found
        return self._by_kept[environment]

    @cached_property
    def _by_kept(self) -> dict[str, Mapping[tuple[object, ...], list[str]]]:
        return {}

    def _make_measured(self, cell: str, environment: str, verdict: Verdict, differs: tuple[str, ...]) -> MeasuredHabit:
        return MeasuredHabit(
            cell=cell,
            environment=self._outcomes.environments[environment].id,
            status=verdict.status,
            label=label(verdict, load_categories()),
            signatures=tuple(list_signatures(verdict)),
            differs=differs,
        )

    def _is_impossible(self, cell: Cell) -> bool:
        return self._catalogue.excluded(cell) is not None

    def _explain_unmeasured(self, cell: Cell) -> str:
        excluded = self._catalogue.excluded(cell)
        if excluded is not None:
            return f"the catalogue has no such cell: {excluded}"
        return "no cell like it was measured on these versions"

    def _write_command(self, cell: Cell, arguments: Iterable[str]) -> str:
        return command_line("matrix", shlex.join([*arguments, "--cell", cell.id]))

    def _list_upgrades(self, cell: Cell, measured: MeasuredHabit | None) -> Iterator[UpgradeStep]:
        """What later releases show: the named ones, or those on which something changes."""
        before = measured.label if measured is not None else None
        for version in self._named or self._later:
            environment = self._find_environment(version)
            after = self._measure(cell, environment) if environment else None
            changed = after is not None and after.label != before
            if self._named or (changed and before is not None):
                unmeasured = after is None or after.differs
                own = [
                    word
                    for word in self._versions.arguments
                    if word not in ("--pytest-asyncio", self._versions.plugin.text)
                ]
                command = self._write_command(cell, [*own, "--pytest-asyncio", version]) if unmeasured else ""
                yield UpgradeStep(version=version, changed=changed, measured=after, command=command)
            before = after.label if after is not None and not self._named else before

    @cached_property
    def _later(self) -> tuple[str, ...]:
        """Measured releases after the reader's, in order."""
        own = _parse(self._versions.plugin.text)
        found = {one.plugin for one in self._outcomes.environments.values() if self._find_environment(one.plugin)}
        later = [version for text in found if own and (version := _parse(text)) and version > own]
        return tuple(map(str, sorted(later)))

    def _find_environment(self, version: str) -> str:
        """The measured environment that differs in the release of pytest-asyncio, and perhaps in the client's."""
        here = self._outcomes.environments.get(self._environment)
        if here is None:
            return ""
        fitting = [
            (
                other.client_version != here.client_version,
                other.id.count("/"),
                -len(self._outcomes.outcomes(key)),
                key,
            )
            for key, other in self._outcomes.environments.items()
            if (other.platform, other.implementation, other.python_minor, other.client)
            == (here.platform, here.implementation, here.python_minor, here.client)
            and other.plugin == version
        ]
        return min(fitting, default=(False, 0, 0, ""))[-1]

    def _list_cures(self, found: Combination, measured: MeasuredHabit | None) -> Iterator[HabitCure]:
        cell = self._catalogue.find(measured.cell) if measured is not None else None
        if cell is None:
            return
        there = (key for key in self._same if self._outcomes.verdict(cell.id, key) is not None)
        environment = next(there, self._larger)
        for cure in find_cures(self._outcomes, self._catalogue, cell, environment, most=MOST_CURES):
            runner = find_runner_of(cure.cell)
            steps = [describe_change(one, found, self._catalogue, runner) for one in cure.changes]
            yield HabitCure(
                steps=tuple(f"{text} ({place})" if place else text for text, place in steps),
                places=tuple(dict.fromkeys(place for _, place in steps if place is not None)),
                cell=cure.cell,
                status=cure.status,
                label=cure.label,
                releases=cure.releases,
                diff=self._show(cell, cure),
            )

    def _show(self, cell: Cell, cure: Cure) -> str:
        """The change in the catalogue's own code; none where only versions change, or a side can't be written here."""
        after = self._catalogue.find(cure.cell)
        target = make_target(self._outcomes.environments[self._environment])
        if after is None or after == cell:
            return ""
        if any(self._catalogue.not_applicable(one, target) is not None for one in (cell, after)):
            return ""
        return show_change(self._catalogue, cell, after, target)


def _list_kept(values: Mapping[str, str]) -> tuple[object, ...]:
    """What a measured cell must have in common: without a fixture's cancel scope nothing is known of one with it."""
    return *(values[axis] for axis in KEPT), values["workload"] == "cancel_scope"


def _list_alike(client: str) -> Collection[str]:
    """The libraries whose clients do what this client package's does."""
    root = CLIENTS[client].root
    return RESP if root in RESP else (root,)


def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
