"""Where a comparison's results come from: those of one's own, then those that are committed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import UNTELLING
from harness.compare.problems import find_first_problem
from harness.errors import UsageError
from harness.invocation import command_line
from harness.output.printing import short_path
from harness.output.text import count
from harness.store.model import Results
from harness.store.reading import Texts, read_results

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

REMEDY = f"Run something first, such as `{command_line('matrix')}`, or name other results with --results or --baseline."


class ResultsSource(msgspec.Struct, frozen=True):
    """A place, and the environments that outcomes were taken from there for: their digests."""

    place: str
    environments: frozenset[str]
    problem: str = ""  # the first thing that is wrong with the results there


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Results of several places as one."""

    results: Results
    sources: tuple[ResultsSource, ...]
    missing: tuple[str, ...] = ()  # places that are not there

    def describe(self, environments: Collection[str]) -> str:
        """`results: 2 environments; results/baseline: 16 environments`, as far as it concerns these digests."""
        counted = [(source.place, len(source.environments.intersection(environments))) for source in self.sources]
        found = [f"{place}: {count(number, 'environment')}" for place, number in counted if number]
        return "; ".join([*(f"{place}: there is no such folder" for place in self.missing), *found])

    @property
    def places(self) -> list[str]:
        """Where there are results."""
        return [source.place for source in self.sources]

    def find_problem(self) -> str:
        """The first thing that is wrong with what was read; empty where nothing is."""
        return next((source.problem for source in self.sources if source.problem), "")


def find_places(own: Path, baseline: Path) -> list[Path]:
    """Those of the two places that there are, one's own first. Raises `UsageError` where there are none."""
    found = [place for place in (own, baseline) if os.path.lexists(place)]
    if not found:
        raise UsageError(
            f"There are no results in {short_path(own)}, and none in {short_path(baseline)}.", remedy=REMEDY
        )
    return found


def read_recorded(own: Path, baseline: Path, *, texts: Texts | None = None, lean: bool = True) -> Recorded:
    """What ran here, and of the baseline what wasn't measured here: cells of an environment without such an outcome.

    `lean` and `texts` are those of `read_results`. Raises `UsageError` where neither place is there.
    """
    texts = texts or Texts()
    there: dict[str, set[str]] = {}
    parts: list[Results] = []
    sources: list[ResultsSource] = []
    for place in find_places(own, baseline):
        read = read_results(place, lean=lean, texts=texts)
        part = _drop_known(read, there)
        for run in part.runs:
            measured = (one.cell for one in run.outcomes if one.verdict.status not in UNTELLING)
            there.setdefault(run.header.environment_key, set()).update(measured)
        parts.append(part)
        digests = frozenset(run.header.environment_key for run in part.runs)
        sources.append(ResultsSource(short_path(place), digests, find_first_problem(place, read)))
    return Recorded(
        results=Results(
            runs=tuple(run for part in parts for run in part.runs),
            broken=tuple(line for part in parts for line in part.broken),
        ),
        sources=tuple(sources),
        missing=tuple(short_path(place) for place in (own, baseline) if not os.path.lexists(place)),
    )


def _drop_known(results: Results, there: dict[str, set[str]]) -> Results:
    """The outcomes of cells that aren't there yet; runs of which nothing is left are left out, unless all is new."""
    if not there:
        return results
    runs = (
        msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if one.cell not in known))
        if (known := there.get(run.header.environment_key))
        else run
        for run in results.runs
    )
    return msgspec.structs.replace(results, runs=tuple(run for run in runs if run.outcomes))
