"""Part `compare`: what it takes to hold two large sets of results against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.model import CompareSample, ComparesMeasured
from benchmarks.process import Commands
from benchmarks.sets import read_recorded_runs, write_set
from benchmarks.spread import find_spread
from harness.store.reading import read_results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.output.progress import Progress
    from harness.processes.guardian import Guardian

OUTCOMES = 500_000
"""In each set."""


class _Changed(msgspec.Struct):
    changed: int


def measure_compares(
    places: Sequence[Path],
    cells: Sequence[str],
    *,
    rounds: int,
    guardian: Guardian,
    progress: Progress,
    outcomes: int = OUTCOMES,
) -> ComparesMeasured:
    """Run the part on sets that are made of the results in `places` and have `outcomes` of these cells each.

    Raises `NothingSelectedError` where there are too few results, `InfrastructureError` when a comparison fails.
    """
    runs = read_recorded_runs(read_results(*places))
    with guardian.folder("compare") as folder:
        progress.note(f"making two sets of {outcomes:,} outcomes from {len(runs)} environments")
        environments = write_set(folder / "before", runs, cells, outcomes, after=False)
        write_set(folder / "after", runs, cells, outcomes, after=True)
        commands = Commands(folder, guardian, {})
        sides = (str(folder / "before"), str(folder / "after"))
        changed = msgspec.json.decode(commands.run("compare", *sides, "--format", "json").printed, type=_Changed)
        samples = []
        for number in range(rounds):
            progress.note(f"comparing them, {number + 1} of {rounds}")
            took = commands.run("compare", *sides)
            samples.append(CompareSample(cpu=took.spent.own + took.spent.others, wall=took.wall, peak=took.spent.peak))
        size = sum(file.stat().st_size for side in ("before", "after") for file in (folder / side).iterdir())
    return ComparesMeasured(
        outcomes=outcomes,
        environments=environments,
        recorded=tuple(run.header.environment_id for run in runs),
        bytes=size,
        changed=changed.changed,
        samples=tuple(samples),
        cpu=find_spread([sample.cpu for sample in samples]),
        wall=find_spread([sample.wall for sample in samples]),
        peak=find_spread([sample.peak for sample in samples]),
    )
