"""What the project promises, and whether a benchmark bears it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.spread import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.model import Benchmark

FORKED = "fork"
"""The contender that has a goal."""

TIMES_LESS = 15.0
"""How many times less CPU a forked cell takes than plain pytest, at least."""

COLD = 150.0
"""Seconds of wall time for a default run with nothing cached but packages, at most."""

AGAIN = 3.0
"""Seconds of wall time for the same again, at most."""

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
            if ratio.contender == FORKED and ratio.group in GROUPS:
                name = f"plain/fork, {ratio.group}, {ratio.environment}"
                yield Goal(
                    name=name, measured=ratio.times.median, goal=TIMES_LESS, met=ratio.times.median >= TIMES_LESS
                )
    runs = benchmark.runs
    if runs is not None and not runs.arguments:
        yield Goal(name="cold run", measured=runs.cold.wall, goal=COLD, met=runs.cold.wall <= COLD)
        again = runs.again_wall.median
        yield Goal(name="the same again", measured=again, goal=AGAIN, met=again <= AGAIN)
    compares = benchmark.compares
    if compares is not None:
        cpu, peak = compares.cpu.median, compares.peak.most
        yield Goal(name="comparing, CPU", measured=cpu, goal=COMPARED, met=cpu <= COMPARED)
        yield Goal(name="comparing, bytes of memory", measured=peak, goal=PEAK, met=peak <= PEAK)
    bisect = benchmark.bisect
    if bisect is not None and not bisect.arguments:
        yield Goal(name="bisecting", measured=bisect.wall, goal=BISECTED, met=bisect.wall <= BISECTED)
