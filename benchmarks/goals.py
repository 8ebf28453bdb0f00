"""What the project promises, and whether a benchmark bears it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from benchmarks.spread import FAILING, PASSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.model import Benchmark, CellsMeasured, Ratio, RunMeasured, RunsMeasured

FORKED = "fork"
"""The contender that has a goal."""

TIMES_LESS = {PASSING: {"0": 9.5, "1.5": 12.0}, FAILING: {"0.26": 17.0}}
"""How many times less CPU forked cells take than plain pytest, at least: from which release of pytest-asyncio on."""

COLD = 80.0
"""Seconds of wall time for a default run with nothing cached but packages, at most."""

AGAIN = 1.0
"""Seconds of wall time for the same again, at most."""

COLUMN = 15.0
"""Seconds of wall time for the cells of a default run on one more release, at most."""

SHARE = 0.005
"""Seconds of CPU that the harness's own process takes for each cell that it runs, with all it does, at most."""

COMPARED = 5.0
"""Seconds of CPU for comparing two sets of half a million outcomes, at most: it is one process, which does nothing
else, so on a machine that does nothing else that is its wall time."""

PEAK = 500_000_000
"""Bytes of memory for that, at most."""

BISECTED = 20.0
"""Seconds of wall time for one bisection with nothing cached but packages, at most."""


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """One goal and what was measured."""

    name: str
    measured: float
    goal: float
    met: bool


def judge_goals(benchmark: Benchmark) -> Iterator[Goal]:
    """Those that this benchmark says something about. A run that is no default run has none."""
    if benchmark.cells is not None:
        for ratio in benchmark.cells.ratios:
            goal = find_times_less(benchmark.cells, ratio)
            if goal is not None:
                name = f"plain/fork, {ratio.group}, {ratio.environment}"
                yield Goal(name=name, measured=ratio.times.median, goal=goal, met=ratio.times.median >= goal)
    if benchmark.runs is not None and not benchmark.runs.arguments:
        for name, measured, most in _judge_runs(benchmark.runs):
            yield Goal(name=name, measured=measured, goal=most, met=measured <= most)
    compares = benchmark.compares
    if compares is not None:
        cpu, peak = compares.cpu.median, compares.peak.most
        yield Goal(name="comparing, CPU", measured=cpu, goal=COMPARED, met=cpu <= COMPARED)
        yield Goal(name="comparing, bytes of memory", measured=peak, goal=PEAK, met=peak <= PEAK)
    bisect = benchmark.bisect
    if bisect is not None and not bisect.arguments:
        yield Goal(name="bisecting", measured=bisect.wall, goal=BISECTED, met=bisect.wall <= BISECTED)


def find_times_less(measured: CellsMeasured, ratio: Ratio) -> float | None:
    """How many times less CPU it is to be, None where there is no goal."""
    of_group = TIMES_LESS.get(ratio.group, {}) if ratio.contender == FORKED else {}
    (plugin,) = (Version(one.plugin) for one in measured.environments if one.id == ratio.environment)
    return max((goal for since, goal in of_group.items() if plugin >= Version(since)), default=None)


def get_share(run: RunMeasured) -> float:
    """Seconds of CPU of the harness's own process for each cell that it ran; 0 where it ran none."""
    return run.harness / run.run if run.run else 0.0


def _judge_runs(runs: RunsMeasured) -> Iterator[tuple[str, float, float]]:
    yield "cold run", runs.cold.wall, COLD
    yield "the harness's own CPU a cell", get_share(runs.cold), SHARE
    yield "the same again", runs.again_wall.median, AGAIN
    if runs.column is not None:
        yield "one more release", runs.column.wall, COLUMN
