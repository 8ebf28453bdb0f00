"""Suites that are no cells: what became of each, and of each of its tests, by environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import Grid
from harness.analysis.label import join_labels, label
from harness.analysis.patterns import LETTERS, add_pattern, make_legend
from harness.analysis.places import describe_places
from harness.evidence.store import EvidenceError
from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.suites.suite import PREFIX, REPORTED
from harness.verdicts.ending import describe_problem
from harness.verdicts.model import Status, Verdict
from harness.verdicts.pattern import make_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.evidence.model import Evidence, Test
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Outcome, Results
    from harness.verdicts.signatures import SignatureCategory

PASSED = LETTERS["."]
ABSENT = "not run"
SUITE = "suite_"
"""Names of the tables begin so."""

WITHOUT_TESTS = "no test was run"
MOST = 40
"""Tests that are listed, a suite."""

_LONGEST = 120

_Seen = dict[str, dict[str, list[str]]]  # what it is about → environment digest → what became of it, a sample each


def is_suite(cell: str) -> bool:
    """Whether the id is that of a suite of one's own, or of one that is rebuilt from a public report."""
    return cell.startswith((PREFIX, REPORTED))


def select_cells(results: Results, wanted: Callable[[str], bool]) -> Results:
    """The outcomes of the cells that are wanted; runs that have none of them are left out."""
    runs = (
        msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if wanted(one.cell)))
        for run in results.runs
    )
    return msgspec.structs.replace(results, runs=tuple(run for run in runs if run.outcomes))


def make_suite_tables(
    results: Results, evidence: EvidenceStore, categories: Mapping[str, SignatureCategory]
) -> tuple[Table, ...]:
    """A table a suite, in order of their ids: the suite's verdicts, then the tests that do not pass everywhere."""
    cells = sorted({one.cell for run in results.runs for one in run.outcomes if is_suite(one.cell)})
    return tuple(_make_table(select_cells(results, cell.__eq__), cell, evidence, categories) for cell in cells)


def find_tests(results: Results, cell: str, store: EvidenceStore, categories: Mapping[str, SignatureCategory]) -> _Seen:
    """What became of each test of a suite, and of each file that could not be collected, in each environment."""
    return _find_tests(select_cells(results, cell.__eq__), store, categories)


def _make_table(
    results: Results, cell: str, store: EvidenceStore, categories: Mapping[str, SignatureCategory]
) -> Table:
    grid = Grid(results, categories)
    rows: list[Row] = []
    patterns: set[str] = set()
    seen = _find_tests(results, store, categories)
    listed = [what for what, found in seen.items() if _differs(found, grid)]
    if cell in grid.cells:
        patterns = {one.pattern for samples in grid.row(cell) for one in samples if add_pattern("", one)}
        whole = [join_labels([add_pattern(grid.label(one), one) for one in samples]) for samples in grid.row(cell)]
        rows += [("the whole suite",), *_make_rows(grid, whole)]
    for what in listed[:MOST]:
        found = (seen[what].get(column.environment.digest, [ABSENT]) for column in grid.columns)
        rows += [(one_line(what, _LONGEST),), *_make_rows(grid, [join_labels(texts) for texts in found])]
    return Table(
        name=f"{SUITE}{cell.removeprefix(PREFIX)}",
        title=make_title(cell),
        headers=("what becomes of it", "where"),
        rows=tuple(rows),
        lead=grid.common(),
        note=f"{_count_rest(len(seen) - len(listed), len(listed))} {make_legend(patterns)}".strip(),
        prose=True,
    )


def make_title(cell: str) -> str:
    """A suite's title above its tests."""
    if cell.startswith(REPORTED):
        return f"Reported suite {one_line(cell.removeprefix(REPORTED))}"
    return f"Your suite {one_line(cell.removeprefix(PREFIX))}"


def _count_rest(passing: int, listed: int) -> str:
    """How many are not listed."""
    more = f"{count(listed - MOST, 'test')} more that do not pass everywhere. " if listed > MOST else ""
    if not passing:
        return more
    return f"{more}{count(passing, 'test')} {'passes' if passing == 1 else 'pass'} everywhere."


def _make_rows(grid: Grid, texts: list[str]) -> Iterator[Row]:
    """A row for each text, with the environments it holds for."""
    for text in dict.fromkeys(texts):
        yield text, describe_places(grid.columns, [other == text for other in texts])


def _differs(found: Mapping[str, list[str]], grid: Grid) -> bool:
    """Whether it did anything but pass in any environment."""
    return any(set(found.get(column.environment.digest, [ABSENT])) != {PASSED} for column in grid.columns)


def _find_tests(results: Results, store: EvidenceStore, categories: Mapping[str, SignatureCategory]) -> _Seen:
    """Tests, and files that could not be collected, in the order in which they were met first."""
    seen: _Seen = {}
    for run in results.runs:
        for outcome in run.outcomes:
            try:
                evidence = store.get(outcome.evidence) if outcome.evidence else None
            except EvidenceError:
                continue
            if evidence is not None:
                for what, became in _list_tests(outcome, evidence, categories):
                    seen.setdefault(what, {}).setdefault(run.header.environment_key, []).append(became)
    return seen


def _list_tests(
    outcome: Outcome, evidence: Evidence, categories: Mapping[str, SignatureCategory]
) -> Iterator[tuple[str, str]]:
    for test, letter in zip(evidence.tests, make_pattern(evidence), strict=True):
        yield test.id, _describe_test(test, letter, outcome.verdict, categories)
    for problem in evidence.problems:
        if problem.chain and problem.chain[0].type != "Interrupted":
            yield problem.node or problem.where, one_line(describe_problem(problem.chain), _LONGEST)
    if not evidence.tests and not evidence.problems:
        for finding in outcome.verdict.findings:
            yield WITHOUT_TESTS, one_line(finding.sample, _LONGEST)
        for error in outcome.verdict.unnamed:
            yield WITHOUT_TESTS, one_line(f"{error.type.rpartition('.')[2]}: {error.text}", _LONGEST)


def _describe_test(test: Test, letter: str, verdict: Verdict, categories: Mapping[str, SignatureCategory]) -> str:
    """`passed`, `failed: different-loop`, `error in setup: AssertionError: …`."""
    if letter not in "FE":
        return LETTERS[letter]
    phase = next(one for one in test.phases if one.outcome == "failed")
    met = "failed" if letter == "F" else f"error in {phase.when}"
    findings = tuple(one for one in verdict.findings if test.id in one.tests)
    unnamed = [one for one in verdict.unnamed if one.test == test.id]
    if unnamed:
        return one_line(f"{met}: {unnamed[0].type.rpartition('.')[2]}: {unnamed[0].text}", _LONGEST)
    if not findings:
        return met
    text = label(Verdict(status=Status.REPRODUCES, findings=findings), categories)
    return f"{met}: {text.removeprefix('cleanup: ')}"
