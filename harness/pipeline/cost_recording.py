"""Recording what cells and environments cost: `python -m harness.pipeline.cost_recording FOLDER…` writes `costs.json`.

The folders hold results of whole runs with their timings, on two cores. Of a cell the median over all environments
counts, and of a value the median over its cells: what one machine was busy with for a while doesn't show.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import find_values
from harness.errors import HarnessError, UsageError
from harness.planning.costs import DATA, Costs
from harness.store.reading import read_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.evidence.model import Timings
    from harness.store.model import Run

CORES = 2
AT_A_TIME = 4
"""Cells that run at a time on them."""

MUCH_MORE = 2.0
"""A value is recorded if its cells take so many times what others do."""

SLOWER = 1.2
"""So is a Python."""

SUITE = 30.0
"""Seconds for a suite of the user's own: a guess, and so they are split by environment."""


def record_costs(runs: Iterable[Run]) -> Costs:
    """What the runs show. Raises `UsageError` where they don't show enough."""
    whole = [run for run in runs if run.footer is not None and run.header.environment is not None]
    walls, cpus = _find_medians(whole)
    overheads = list(_list_overheads(whole))
    if not walls or len(overheads) < 2:
        raise UsageError(
            "These results don't show what a run costs.",
            remedy="Name folders of whole runs in several environments, measured on two cores.",
        )
    line = statistics.linear_regression(*zip(*overheads, strict=True))
    usual = statistics.median(walls.values())
    return Costs(
        environment=round(line.intercept, 1),
        cell=round(line.slope * usual / AT_A_TIME, 4),
        process=round(_find_process(whole) / CORES, 4),
        suite=SUITE,
        values={
            value: round(line.slope * seconds / AT_A_TIME, 4)
            for value, seconds in _find_values(walls).items()
            if seconds > MUCH_MORE * usual
        },
        pythons=_find_factors(whole, cpus),
    )


def _list_measured(run: Run) -> list[tuple[str, Timings]]:
    """The cells of the catalogue that the run itself measured."""
    return [
        (one.cell, one.timings)
        for one in run.outcomes
        if one.timings is not None and not one.reused_from and find_values(one.cell)
    ]


def _find_medians(runs: Iterable[Run]) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds of each cell over all environments, on the clock and of the processor."""
    walls: dict[str, list[float]] = defaultdict(list)
    cpus: dict[str, list[float]] = defaultdict(list)
    for cell, timings in (one for run in runs for one in _list_measured(run)):
        walls[cell].append(timings.wall)
        cpus[cell].append(timings.cpu)
    return _take_medians(walls), _take_medians(cpus)


def _find_process(runs: Iterable[Run]) -> float:
    """Seconds of the processor that a cell takes more in a new process: those that were re-checked ran in both."""
    more = []
    for run in runs:
        cpus = {(one.cell, one.sample): one.timings.cpu for one in run.outcomes if one.timings and one.by_launcher}
        more += [
            again.cpu - cpus[again.cell, again.sample]
            for again in run.rechecks
            if again.cpu is not None and (again.cell, again.sample) in cpus
        ]
    return statistics.median(more) if more else 0.0


def _find_values(walls: Mapping[str, float]) -> dict[str, float]:
    """The same of each value over its cells."""
    by_value: dict[str, list[float]] = defaultdict(list)
    for cell, seconds in walls.items():
        for axis, value in find_values(cell).items():
            by_value[f"{axis}={value}"].append(seconds)
    return _take_medians(by_value)


def _find_factors(runs: Iterable[Run], cpus: Mapping[str, float]) -> dict[str, float]:
    """How many times what its cells take everywhere they take on a Python, where that is much more.

    Of the processor's time: how busy the machine was beside that doesn't reach it as much.
    """
    by_python: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        if (environment := run.header.environment) is not None and (measured := _list_measured(run)):
            usual = sum(cpus[cell] for cell, _ in measured)
            by_python[environment.python_minor].append(sum(one.cpu for _, one in measured) / usual)
    return {python: round(factor, 2) for python, factor in _take_medians(by_python).items() if factor > SLOWER}


def _list_overheads(runs: Iterable[Run]) -> Iterator[tuple[float, float]]:
    """Of environments that followed another one: what their cells make of a run, and how long it went on for them."""
    ordered = sorted(runs, key=lambda run: (run.header.run, _read_end(run)))
    for before, run in pairwise(ordered):
        if before.header.run == run.header.run and len(measured := _list_measured(run)):
            yield sum(one.wall for _, one in measured) / AT_A_TIME, _read_end(run) - _read_end(before)


def _read_end(run: Run) -> float:
    assert run.footer is not None
    return datetime.fromisoformat(run.footer.finished).timestamp()


def _take_medians(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: statistics.median(found[name]) for name in sorted(found)}


if __name__ == "__main__":
    try:
        recorded = record_costs(read_results(*map(Path, sys.argv[1:])).runs)
    except HarnessError as problem:
        sys.exit(problem.exit_code)
    DATA.write_bytes(msgspec.json.format(msgspec.json.encode(recorded), indent=2) + b"\n")
