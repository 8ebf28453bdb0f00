"""Suites that are no cells: what became of each, and of its tests, by environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from packaging.version import Version

from harness.analysis.grid import Grid
from harness.analysis.headline import describe_samples
from harness.analysis.patterns import count_letters, make_legend
from harness.analysis.places import describe_places
from harness.analysis.suite_tests import ABSENT, WITHOUT_TESTS, describe_row, find_tests, group_tests
from harness.output.table import Row, Table, wrap
from harness.output.text import count, duration, one_line
from harness.packages import NONE
from harness.suites.suite import PREFIX, REPORTED, is_suite
from harness.verdicts.model import Channel, Status
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from harness.analysis.grid import Samples
    from harness.analysis.suite_tests import GroupedTests, SeenTests, SuiteTests
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Results

    Categories = Mapping[str, SignatureCategory]

SUITE = "suite_"
"""Names of the tables begin so."""

MOST = 12
"""Groups of tests that are shown under one heading; the complete table has every test."""

_QUIET = frozenset({SignatureCategory.LEAK, SignatureCategory.WARNING})
_ERRORS = frozenset({Status.REPRODUCES, Status.FAILS})
_MOST_OUTSIDE = 6  # lines of what no test's outcome shows
_LONGEST_SAMPLE = 200

_MOST_NAMES = 2  # functions that are named, of a group of tests
_LONGEST_NOTE = 400
_LONGEST = 120
_Line = tuple[str, str, str]  # how many tests, where, and what becomes of them

_WHERE = 30  # columns of where something is so, after which it is folded


def select_cells(results: Results, wanted: Callable[[str], bool]) -> Results:
    """The outcomes of the cells that are wanted; runs that have none of them are left out."""
    runs = (
        msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if wanted(one.cell)))
        for run in results.runs
    )
    return msgspec.structs.replace(results, runs=tuple(run for run in runs if run.outcomes))


class SuiteView:
    """One suite in all of its environments, or in `pairs` of them that are compared, by digest."""

    def __init__(
        self,
        results: Results,
        cell: str,
        store: EvidenceStore,
        categories: Categories,
        pairs: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.cell = cell
        self.results = select_cells(results, cell.__eq__)
        self.grid = Grid(self.results, categories)
        self.seen: SeenTests = find_tests(self.results, cell, store, categories)
        digests = [one.environment.digest for one in self.grid.columns]
        here = [pair for pair in pairs if set(pair) <= set(digests)]
        self.tests: SuiteTests = group_tests(self.seen, digests, here)
        self.same = "not changed" if here else "the same everywhere" if len(digests) > 1 else "test by test"

    @property
    def title(self) -> str:
        """Above its tables."""
        if self.cell.startswith(REPORTED):
            return f"Reported suite {one_line(self.cell.removeprefix(REPORTED))}"
        return f"Your suite {one_line(self.cell.removeprefix(PREFIX))}"

    @property
    def name(self) -> str:
        """Of its table."""
        return f"{SUITE}{self.cell.removeprefix(PREFIX)}"

    @property
    def samples(self) -> list[Samples]:
        """One entry a column; an empty one where it was not run."""
        return self.grid.row(self.cell) if self.cell in self.grid.cells else [()] * len(self.grid.columns)

    def count_tests(self) -> str:
        """How many tests it has; without evidence, how many ran where most did."""
        letters = max((len(one.pattern) for samples in self.samples for one in samples), default=0)
        return count(letters, "test") if letters and not self.seen else _count_tests(self.seen)

    def headlines(self) -> list[str]:
        """What became of the whole suite, one a column."""
        return [describe_samples(samples, self.grid.categories) for samples in self.samples]

    def lead(self) -> str:
        """Where it ran, and whether it ran at all this time."""
        runs = self.results.runs
        servers = [f"{one.product} server {one.version}" for run in runs if (one := run.header.server)]
        outcomes = [outcome for run in runs for outcome in run.outcomes if outcome.evidence]
        reused = "taken over from an earlier run, as nothing has changed (--fresh runs it again)"
        common = ", ".join(filter(None, (self.grid.common(), *map(one_line, dict.fromkeys(servers)))))
        where = f"{_describe_environments(self.grid)}{common}"
        if outcomes and all(one.reused_from for one in outcomes):
            return f"{where}; {reused}"
        if len(outcomes) == 1 and outcomes[0].timings:
            return f"{duration(outcomes[0].timings.wall)} on {where}"
        return where

    def notes(self) -> list[str]:
        """What else is to be known of how it ran, a line each; one entry a column."""
        return [
            "\n".join(dict.fromkeys(one_line(note, _LONGEST_NOTE) for one in samples for note in one.notes))
            for samples in self.samples
        ]

    def legend(self) -> str:
        """What the letters of the headlines mean."""
        return make_legend({one.pattern for samples in self.samples for one in samples if set(one.pattern) - {"."}})


def view_suites(
    results: Results, store: EvidenceStore, categories: Categories, pairs: Sequence[tuple[str, str]] = ()
) -> tuple[SuiteView, ...]:
    """The suites of the results, in order of their ids."""
    cells = sorted({one.cell for run in results.runs for one in run.outcomes if is_suite(one.cell)})
    return tuple(SuiteView(results, cell, store, categories, pairs) for cell in cells)


def make_short_table(view: SuiteView, *, names: bool = True) -> Table:
    """What a terminal shows of a suite: its headline, the tests that changed, then what is the same everywhere.

    Without `names`, what is the same everywhere is counted only.
    """
    tests = view.tests
    same = _list_groups(view.grid, tests.same, names=names)
    if tests.passing and (tests.changed or tests.same):
        same.append((count(tests.passing, "test"), "", "passed"))
    made = [
        ("the whole suite", _make_rows(view.grid, view.count_tests(), view.headlines())),
        ("outside of the tests", _list_outside(view, every=False) if names else []),
        ("how it ran", _make_rows(view.grid, "", view.notes()) if any(view.notes()) else []),
        ("tests that changed", _list_groups(view.grid, tests.changed)),
        (view.same, same),
    ]
    places = any(where for _, rows in made for _, where, _ in rows)
    return Table(
        name=view.name,
        title=view.title,
        headers=("", "where", "what becomes of it") if places else ("", "what becomes of it"),
        rows=tuple(
            row
            for heading, rows in made
            if rows
            for row in ((heading,), *((number, *([where] if places else []), text) for number, where, text in rows))
        ),
        lead=view.lead(),
        note=view.legend(),
        prose=True,
    )


def make_complete_table(view: SuiteView) -> Table:
    """Every test that does not pass everywhere, one by one."""
    digests = [column.environment.digest for column in view.grid.columns]
    listed = {test for group in (*view.tests.changed, *view.tests.same) for test in group.tests}
    rows: list[Row] = [("the whole suite",), *_list_places(view.grid, view.headlines())]
    if outside := _list_outside(view, every=True):
        rows += [("outside of the tests",), *((where, text) for _, where, text in outside)]
    if any(view.notes()):
        rows += [("how it ran",), *_list_places(view.grid, view.notes())]
    for test, found in view.seen.items():
        if test in listed:
            texts = describe_row([found.get(digest) or [ABSENT] for digest in digests])
            rows += [(one_line(test, _LONGEST),), *_list_places(view.grid, texts)]
    return Table(
        name=view.name,
        title=view.title,
        headers=("where", "what becomes of it"),
        rows=tuple(rows),
        lead=view.lead(),
        note=f"{_count_passing(view.tests.passing)} {view.legend()}".strip(),
        prose=True,
    )


def _list_outside(view: SuiteView, *, every: bool) -> list[_Line]:
    """What no test's outcome shows: errors that reached none, and what was left or warned of.

    Beside an error, leaks and warnings are mostly what follows from it: then they are shown only with `every`.
    """
    found: dict[str, list[bool]] = {}
    for place, samples in enumerate(view.samples):
        for verdict, finding in dict.fromkeys((one, finding) for one in samples for finding in one.findings):
            quiet = view.grid.categories.get(finding.signature) in _QUIET
            if finding.channel is Channel.BACKGROUND or (quiet and (every or verdict.status not in _ERRORS)):
                text = one_line(f"{finding.signature}: {finding.sample}", _LONGEST_SAMPLE)
                found.setdefault(text, [False] * len(view.samples))[place] = True
    lines = [("", "" if all(chosen) else _name_places(view.grid, chosen), text) for text, chosen in found.items()]
    if every:
        return lines
    more = [("", "", f"and {len(lines) - _MOST_OUTSIDE:,} more")] if len(lines) > _MOST_OUTSIDE else []
    return [*lines[:_MOST_OUTSIDE], *more]


def _name_places(grid: Grid, chosen: Sequence[bool]) -> str:
    return "\n".join(wrap(describe_places(grid.columns, chosen), _WHERE))


def _list_groups(grid: Grid, groups: Sequence[GroupedTests], *, names: bool = True) -> list[_Line]:
    """The lines of the first groups, each with the names of tests below it."""
    rows: list[_Line] = []
    for group in groups[:MOST]:
        *before, (number, where, text) = _make_rows(grid, _count_tests(group.tests), group.texts)
        rows += [*before, (number, where, f"{text}\n{_name_tests(group.tests)}" if names else text)]
    if left := groups[MOST:]:
        tests = _count_tests([test for group in left for test in group.tests])
        rows.append((tests, "", f"{count(len(left), 'other outcome')}, see the complete table"))
    return rows


def _make_rows(grid: Grid, number: str, texts: Sequence[str]) -> list[_Line]:
    """A line for each text, the first with the number; one that holds everywhere doesn't say where."""
    if len(set(texts)) == 1:
        return [(number, "", texts[0])]
    places = _list_places(grid, texts)
    return [("" if at else number, where, text) for at, (where, text) in enumerate(places)]


def _list_places(grid: Grid, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Each text once, with the environments it holds for."""
    return [
        (_name_places(grid, [other == text for other in texts]), text) for text in dict.fromkeys(filter(None, texts))
    ]


def _count_tests(tests: Collection[str]) -> str:
    """`3 tests`; of files that could not be collected, `2 files`."""
    if list(tests) in ([], [WITHOUT_TESTS]):
        return "no test"
    return count(len(tests), "test" if any("::" in test for test in tests) else "file")


def _name_tests(tests: Sequence[str]) -> str:
    """A line a function, with how many of its cases; of many functions the first."""
    cases: dict[str, list[str]] = {}
    for test in tests:
        cases.setdefault(test.partition("[")[0], []).append(test)
    named = [
        one_line(found[0], _LONGEST) + (f" and {len(found) - 1:,} more of its cases" if len(found) > 1 else "")
        for found in list(cases.values())[:_MOST_NAMES]
    ]
    left = sum(len(found) for found in list(cases.values())[_MOST_NAMES:])
    return "\n".join(named + ([f"and {left:,} more"] if left else []))


def _describe_environments(grid: Grid) -> str:
    """How many there are, where there are several, with the releases and Pythons that they have."""
    environments = [column.environment for column in grid.columns]
    if len(environments) < 2:
        return ""
    pythons = sorted({each.python_minor for each in environments}, key=Version)
    releases = describe_places(grid.columns, [True] * len(environments))
    parts = [releases if environments[0].plugin == NONE else f"pytest-asyncio {releases}"]
    parts += [f"Python {pythons[0]}–{pythons[-1]}"] if len(pythons) > 1 else []
    return f"{count(len(environments), 'environment')}: {', '.join(parts)}; "


def _count_passing(passing: int) -> str:
    return f"{count(passing, 'test')} {'passes' if passing == 1 else 'pass'} everywhere." if passing else ""


def describe_suite(view: SuiteView) -> dict[str, Any]:
    """For JSON: the headline in each environment, and each test that doesn't pass in all of them."""
    digests = [column.environment.digest for column in view.grid.columns]
    listed = {test for group in (*view.tests.changed, *view.tests.same) for test in group.tests}
    return {
        "environments": {
            digest: {
                "headline": headline,
                "notes": note.splitlines(),
                "outcomes": [count_letters(one.pattern) for one in samples],
            }
            for digest, headline, note, samples in zip(
                digests, view.headlines(), view.notes(), view.samples, strict=True
            )
            if samples
        },
        "tests": {
            test: {digest: [one.text for one in found.get(digest) or [ABSENT]] for digest in digests}
            for test, found in view.seen.items()
            if test in listed
        },
        "passing_everywhere": view.tests.passing,
    }
