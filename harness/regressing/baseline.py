"""The baseline: results that later runs are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.comparison.comparing import Measured, measured
from harness.comparison.sides import Place
from harness.errors import UsageError
from harness.store.reading import read_results
from harness.suites.suite import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.store.model import BrokenLine, Header, Results

REMEDY = "Name a folder or file of results with --baseline; `nox -s baseline` makes one of what `matrix` wrote."
ANEW = "Make it anew: run `matrix`, then `baseline`. Or use the version of this program that made it."


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was read, by environment."""

    path: Path
    measured: Measured
    headers: Mapping[str, tuple[Header, ...]]  # by the digest of the environment
    unresolvable: int  # combinations of versions that could not be resolved
    broken: tuple[BrokenLine, ...]
    suites: Mapping[str, frozenset[str]]  # suites of one's own → digests of their texts; empty when read lean

    @property
    def folder(self) -> Path:
        """Where the file of expected differences stands beside it."""
        return self.path if self.path.is_dir() else self.path.parent


def read_baseline(path: Path, *, lean: bool = True) -> Baseline:
    """Raises `UsageError` for a place where no results are, or none that this program can read."""
    if not path.exists():
        raise UsageError(f"There is no baseline at {path}.", remedy=REMEDY)
    results = read_results(path, lean=lean)
    foreign = next((one for one in results.broken if one.reason.startswith("schema version")), None)
    if foreign is not None:
        raise UsageError(f"The baseline was made by another version of this program: {foreign}.", remedy=ANEW)
    found = measured(results, Place(path))
    if not found.all_cells():
        why = f": {results.broken[0]}" if results.broken else ""
        raise UsageError(f"There is no outcome of any environment in the baseline {path}{why}.", remedy=REMEDY)
    return Baseline(
        path=path,
        measured=found,
        headers=headers_of(results),
        unresolvable=len({run.header.environment_id for run in results.runs if run.header.environment is None}),
        broken=results.broken,
        suites=suites_of(results),
    )


def suites_of(results: Results) -> dict[str, frozenset[str]]:
    """The texts of suites of one's own, by the suite's id."""
    found: dict[str, frozenset[str]] = {}
    for run in results.runs:
        for outcome in run.outcomes:
            if outcome.suite and outcome.cell.startswith(PREFIX):
                found[outcome.cell] = found.get(outcome.cell, frozenset()) | {outcome.suite}
    return found


def headers_of(results: Results) -> dict[str, tuple[Header, ...]]:
    """The headers of each environment's runs, by its digest."""
    found: dict[str, tuple[Header, ...]] = {}
    for run in results.runs:
        if run.header.environment is not None:
            digest = run.header.environment.digest
            found[digest] = (*found.get(digest, ()), run.header)
    return found
