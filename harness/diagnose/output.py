"""A diagnosis as text: the worst first, one block for each cause."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.invocation import command_line
from harness.knowledge.changes import list_neighbours
from harness.knowledge.outcomes import BETTER, rank
from harness.output.table import fold
from harness.output.text import count
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.cell import Cell
    from harness.diagnose.diagnosis import Diagnosis, HabitCure, HabitFinding, UpgradeStep
    from harness.habits.model import Undecided

MOST = 5
"""Findings that are printed in full without --all."""

MOST_TESTS = 3
MOST_UPGRADES = 4
MOST_UNDECIDED = 5

_DEFAULTS = {
    "loop_policy": "default",
    "loop_scope": "unset",
    "asyncio_mode": "strict",
    "interleaving": "none",
    "workload": "get_set",
}
"""Values that are printed only with --all: nothing stands in the suite for them."""


def group_causes(found: Iterable[HabitFinding]) -> list[list[HabitFinding]]:
    """Those that show the same for the same reason, in the order of the first of each."""
    grouped: dict[tuple[str, str], list[HabitFinding]] = {}
    for one in found:
        if one.measured is not None:
            grouped.setdefault((one.measured.label, one.measured.cell), []).append(one)
    return list(grouped.values())


def _list_measured(found: Diagnosis) -> tuple[Cell, ...]:
    """The cells that `--measure` runs, as far as they weren't run before: what wasn't measured, and its neighbours."""
    catalogue = load_catalogue()
    cells = map(catalogue.parse, found.unmeasured)
    return tuple(dict.fromkeys(one for cell in cells for one in (cell, *list_neighbours(catalogue, cell))))


def _breaks(step: UpgradeStep) -> bool:
    return step.changed and step.measured is not None and rank(step.measured.status) >= len(BETTER)


class DiagnosisWriter:
    """Writes diagnoses for a terminal of this width. `every`: nothing is left out."""

    def __init__(self, width: int, *, every: bool) -> None:
        self._width = width
        self._every = every

    def write(self, found: Diagnosis) -> Iterator[str]:
        """All lines of one."""
        bad = [one for one in found.findings if one.level != "note"]
        good = [one for one in found.findings if one.level == "note" and one.measured is not None]
        unknown = [one for one in found.findings if one.measured is None]
        there = f"{count(found.tests, 'test')}, {count(found.fixtures, 'fixture')}"
        made = f"{count(found.clients, 'place')} where a client is made"
        read = f"in a suite of {count(found.files, 'Python file')}; nothing was imported or run"
        if found.beside:
            yield from self._fold(found.beside)
        yield from self._fold(f"{found.suite}: {there}, {made}, {read}.")
        yield from self._fold(f"On {found.versions}.")
        for note in found.notes:
            yield from self._fold(f"! {note}")
        yield ""
        yield from self._write_summary(bad, good, unknown)
        causes = group_causes(bad)
        shown = causes if self._every else causes[:MOST]
        for number, cause in enumerate(shown, 1):
            yield ""
            yield from self._write_cause(number, cause)
        if hidden := len(causes) - len(shown):
            yield ""
            yield f"{hidden} more: --all prints them."
        yield from self._write_rest(good, unknown)
        yield from self._write_unread(found)
        yield from self._write_next(found, good)

    def _write_summary(
        self, bad: Sequence[HabitFinding], good: Sequence[HabitFinding], unknown: Sequence[HabitFinding]
    ) -> Iterator[str]:
        if not bad and not good and not unknown:
            yield from self._fold(
                "No async test was seen to come to a client or to an async fixture: nothing to look up."
            )
            return
        counted = [
            (sum(one.level == "error" for one in bad), "fails", "fail"),
            (sum(one.level == "warning" for one in bad), "may fail, leak or warn", "may fail, leak or warn"),
            (len(good), "is clean", "are clean"),
            (len(unknown), "was not measured", "were not measured"),
        ]
        total = len(bad) + len(good) + len(unknown)
        parts = ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in counted if number)
        what = "client or fixture" if total == 1 else "clients and fixtures"
        yield from self._fold(f"{total} {what} of the async tests, on these versions: {parts}.")

    def _write_cause(self, number: int, cause: Sequence[HabitFinding]) -> Iterator[str]:
        """What the findings share once, and what each of them is."""
        one = cause[0]
        assert one.measured is not None
        if len(cause) == 1:
            yield from self._fold(f"{number}. {one.measured.label}: {one.title}")
            yield f"   {one.place}"
        else:
            yield from self._fold(f"{number}. {one.measured.label}: {len(cause)} habits")
        yield from self._list_places(cause)
        yield from self._list_habits(one)
        yield from self._fold(f"   measured: {one.measured.cell}")
        for difference in one.measured.differs:
            yield from self._fold(f"             like yours, but {difference}")
        if one.command:
            yield from self._fold(f"   to measure yours: {one.command}")
        yield from self._list_upgrades(one.upgrades)
        for cure in one.cures if self._every else one.cures[:1]:
            yield from self._write_cure(cure)
        if not one.cures:
            yield "   cure: none was measured within three changes"
        if one.measured.signatures:
            yield f"   explain: {command_line('explain', one.measured.signatures[0])}"
        if len(cause) == 1:
            yield from self._list_tests(one)

    def _list_places(self, cause: Sequence[HabitFinding]) -> Iterator[str]:
        places = dict.fromkeys((f"   {one.place}: {one.title}", one.caveats) for one in cause)
        shown = list(places) if self._every else list(places)[:MOST]
        for text, caveats in shown:
            if len(cause) > 1:
                yield from self._fold(text)
            for caveat in caveats:
                yield from self._fold(f"     but: {caveat}")
        if len(shown) < len(places):
            yield f"   and {len(places) - len(shown)} more"

    def _list_habits(self, one: HabitFinding) -> Iterator[str]:
        for habit in one.habits:
            written = habit.value != _DEFAULTS.get(habit.axis) or habit.departs
            if self._every or (written and (habit.place is not None or habit.axis == "cleanup_style")):
                where = f" ({habit.place})" if habit.place is not None and habit.place != one.place else ""
                yield from self._fold(f"   - {habit.meaning}{where}")

    def _list_upgrades(self, steps: Sequence[UpgradeStep]) -> Iterator[str]:
        shown = steps if self._every else steps[:MOST_UPGRADES]
        for step in shown:
            if step.measured is None:
                text = "no cell like it was measured there"
            elif step.changed:
                text = f"becomes {step.measured.label}"
            else:
                text = f"stays {step.measured.label}"
            yield from self._fold(f"   upgrade to pytest-asyncio {step.version}: {text}")
            if step.command and step.measured is None:
                yield from self._fold(f"     to measure it: {step.command}")
        if len(shown) < len(steps):
            yield f"   and {len(steps) - len(shown)} more upgrades: --all prints them"

    def _write_cure(self, cure: HabitCure) -> Iterator[str]:
        good = "" if cure.status is Status.CLEAN else f"{cure.label}; "
        where = f"so measured on {count(len(cure.releases), 'release')} of pytest-asyncio" if cure.releases else ""
        yield from self._fold(f"   cure: {'; and '.join(cure.steps)}")
        yield from self._fold(f"     {good}{where}")
        if cure.diff and self._every:
            yield "     the same in the catalogue's own suite, as an example; it is no patch of yours:"
            yield from (f"     | {line}" for line in cure.diff.splitlines())

    def _list_tests(self, one: HabitFinding) -> Iterator[str]:
        shown = one.tests if self._every else one.tests[:MOST_TESTS]
        more = f" and {len(one.tests) - len(shown)} more" if len(shown) < len(one.tests) else ""
        yield from self._fold(f"   tests: {', '.join(shown)}{more}")

    def _write_rest(self, good: Sequence[HabitFinding], unknown: Sequence[HabitFinding]) -> Iterator[str]:
        breaking = [one for one in good if any(map(_breaks, one.upgrades))]
        yield from self._write_good("Clean now, but an upgrade breaks this:", breaking)
        yield from self._write_good("Clean:", [one for one in good if one not in breaking])
        if unknown:
            yield ""
            yield "Not measured:"
            for one in unknown if self._every else unknown[:MOST]:
                yield from self._fold(f"- {one.title} ({one.place}): {one.cell}; {one.reason}")
                if one.command:
                    yield from self._fold(f"  to measure it: {one.command}")
            if not self._every and len(unknown) > MOST:
                yield f"- and {len(unknown) - MOST} more: --all prints them"

    def _write_good(self, title: str, good: Sequence[HabitFinding]) -> Iterator[str]:
        if not good:
            return
        yield ""
        yield title
        for one in good if self._every else good[:MOST]:
            yield from self._fold(f"- {one.title} ({one.place})")
            for difference in one.measured.differs if one.measured is not None else ():
                yield from self._fold(f"   measured like yours, but {difference}")
            yield from self._list_upgrades([step for step in one.upgrades if step.changed])
        if not self._every and len(good) > MOST:
            yield f"- and {len(good) - MOST} more: --all prints them"

    def _write_unread(self, found: Diagnosis) -> Iterator[str]:
        yield from self._list_undecided("Can't be decided from the source:", found.undecided)
        yield from self._list_undecided("Can't be read; the rest was:", found.broken)

    def _list_undecided(self, title: str, found: Sequence[Undecided]) -> Iterator[str]:
        if not found:
            return
        yield ""
        yield title
        for one in found if self._every else found[:MOST_UNDECIDED]:
            what = f"{one.what}: " if one.what != one.place.file else ""
            yield from self._fold(f"- {one.place}: {what}{one.why}")
        if not self._every and len(found) > MOST_UNDECIDED:
            yield f"- and {len(found) - MOST_UNDECIDED} more: --all prints them"

    def _write_next(self, found: Diagnosis, good: Iterable[HabitFinding]) -> Iterator[str]:
        folder = shlex.join([found.folder, *found.options])
        lines = [
            f"See what really happens: {command_line('diagnose', f'{folder} --run')}",
            f"Try cures on copies and prove them: {command_line('cure', f'--suite {folder}')}",
        ]
        broken = next((step.version for one in good for step in reversed(one.upgrades) if _breaks(step)), None)
        if broken:
            curing = command_line("cure", shlex.join(["--suite", found.folder, "--pytest-asyncio", broken]))
            lines.append(f"Cure what an upgrade to pytest-asyncio {broken} breaks: {curing}")
        if found.unmeasured:
            cells = count(len(_list_measured(found)), "cell")
            measuring = command_line("diagnose", f"{folder} --measure")
            lines.append(f"Measure what wasn't ({cells}, which may take minutes): {measuring}")
        yield ""
        for line in lines:
            yield from self._fold(line)

    def _fold(self, text: str) -> list[str]:
        return fold(text, self._width)
