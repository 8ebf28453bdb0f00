"""The baseline: results that later runs are compared with."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.compare.comparing import MeasuredCells, select_measured
from harness.compare.problems import find_first_problem
from harness.compare.sides import ResultsPlace, choose_environments
from harness.errors import UsageError
from harness.invocation import command_line
from harness.output.printing import short_path
from harness.store.reading import read_results
from harness.suites.suite import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.compare.sides import Versions
    from harness.store.model import Header, Results

REMEDY = (
    f"Name a folder or file of results with --baseline; `{command_line('baseline')}` makes one of what "
    f"`{command_line('matrix')}` wrote."
)
WHOLE = f"Restore the file, or make the baseline again: `{command_line('baseline')}` leaves out runs that did not end."
ANEW = (
    f"Make it anew: run `{command_line('matrix')}`, then `{command_line('baseline')}`. Or use the version of this "
    "program that made it."
)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was read, by environment."""

    path: Path
    measured: MeasuredCells
    headers: Mapping[str, tuple[Header, ...]]  # by the digest of the environment
    unresolvable: int  # combinations of versions that could not be resolved
    suites: Mapping[str, frozenset[str]]  # suites of one's own → digests of their texts; empty when read lean
    against: Versions | None = None  # only environments of these versions are left of it

    @property
    def folder(self) -> Path:
        """Where the file of expected differences stands beside it."""
        return self.path if self.path.is_dir() else self.path.parent

    def only(self, against: Versions) -> Baseline:
        """Its environments that have these versions. Raises `UsageError` if there is none."""
        digests = {one.digest for one in choose_environments(against, list(self.measured.environments))}
        return replace(self, measured=self.measured.only(digests), unresolvable=0, against=against)

    def __str__(self) -> str:
        return f"{short_path(self.path)} ({self.against})" if self.against else short_path(self.path)


def read_baseline(path: Path, *, lean: bool = True) -> Baseline:
    """Raises `UsageError` for a place where no results are, none that this program can read, or not all that were.

    What is missing could not be compared, and a regression in it would not be seen.
    """
    if not os.path.lexists(path):
        raise UsageError(f"There is no baseline at {path}.", remedy=REMEDY)
    results = read_results(path, lean=lean)
    foreign = next((one for one in results.broken if one.reason.startswith("schema version")), None)
    if foreign is not None:
        raise UsageError(f"The baseline was made by another version of this program: {foreign}.", remedy=ANEW)
    found = select_measured(results, ResultsPlace(path))
    if not found.all_cells():
        why = f": {problem}" if (problem := find_first_problem(path, results)) else ""
        raise UsageError(f"There is no outcome of any environment in the baseline {path}{why}.", remedy=REMEDY)
    if problem := find_first_problem(path, results):
        raise UsageError(f"The baseline is damaged: {problem}.", remedy=WHOLE)
    return Baseline(
        path=path,
        measured=found,
        headers=collect_headers(results),
        unresolvable=len({run.header.environment_id for run in results.runs if run.header.environment is None}),
        suites=collect_suites(results),
    )


def collect_suites(results: Results) -> dict[str, frozenset[str]]:
    """The texts of suites of one's own, by the suite's id."""
    found: dict[str, frozenset[str]] = {}
    for run in results.runs:
        for outcome in run.outcomes:
            if outcome.suite and outcome.cell.startswith(PREFIX):
                found[outcome.cell] = found.get(outcome.cell, frozenset()) | {outcome.suite}
    return found


def collect_headers(results: Results) -> dict[str, tuple[Header, ...]]:
    """The headers of each environment's runs, by its digest."""
    found: dict[str, tuple[Header, ...]] = {}
    for run in results.runs:
        if run.header.environment is not None:
            digest = run.header.environment.digest
            found[digest] = (*found.get(digest, ()), run.header)
    return found
