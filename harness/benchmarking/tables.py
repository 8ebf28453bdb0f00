"""A benchmark as it is printed, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.analysis.columns import columns_of
from harness.analysis.table import Row, Table
from harness.analysis.text import count, duration
from harness.benchmarking.goals import AGAIN, COLD, FORKED, TIMES_LESS, goals
from harness.benchmarking.spread import BASE, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.benchmarking.model import Benchmark, CellsMeasured, Ratio, RunMeasured, RunsMeasured, Series


def tables(benchmark: Benchmark) -> list[Table]:
    """One for each part, and what they were measured on."""
    found = [_setting(benchmark)]
    if benchmark.cells is not None:
        found += [_ratios(benchmark.cells), _cells(benchmark.cells)]
    if benchmark.runs is not None:
        found.append(_runs(benchmark.runs))
    return found


def as_json(benchmark: Benchmark) -> dict[str, Any]:
    """For `--json`: the file's content, and which goals it meets."""
    return {"benchmark": benchmark, "goals": list(goals(benchmark))}


def _setting(benchmark: Benchmark) -> Table:
    machine = benchmark.machine
    rows: list[Row] = [
        ("machine", f"{machine.system}, {machine.architecture}, {count(machine.cores, 'core')}"),
        ("run", f"{benchmark.run}, harness {benchmark.harness}"),
    ]
    if benchmark.cells is not None:
        server = benchmark.cells.server
        rows.append(("server", f"{server.product} {server.version} ({server.backend})"))
        rounds = f"{benchmark.cells.rounds}, after {benchmark.cells.warm_up} to warm up, contenders in turns"
        rows.append(("rounds", rounds))
    return Table(name="setting", title="What was measured", headers=("", ""), rows=tuple(rows), prose=True)


def _ratios(measured: CellsMeasured) -> Table:
    """A row for each group of cells of each environment."""
    columns = columns_of(measured.environments)
    contenders = _contenders(measured)[1:]
    rows: list[Row] = []
    for column in columns:
        found = _ratios_of(measured, column.environment.id)
        for group in GROUPS:
            if group in found:
                first = found[group][contenders[0]]
                compared = [_compared(found[group][name]) for name in contenders]
                rows.append((column.short, group, str(first.cells), *compared))
    starts = [start * 1000 for start in measured.warm_starts.values()]
    note = (
        f"Medians over the rounds, with their quartiles. The goal for {BASE}/fork is {TIMES_LESS:g}: ✓ where it is met."
    )
    if starts:
        note += (
            f" A warm process takes {min(starts):.0f}–{max(starts):.0f} ms to start; that is paid once, not in these."
        )
    return Table(
        name="ratios",
        title="How many times the CPU plain pytest takes",
        headers=("environment", "which", "cells", *(f"{BASE}/{name}" for name in contenders)),
        rows=tuple(rows),
        note=note,
        keys=2,
    )


def _cells(measured: CellsMeasured) -> Table:
    """A group for each environment, a row for each cell."""
    contenders = _contenders(measured)
    shown = contenders[-1]
    rows: list[Row] = []
    for column in columns_of(measured.environments):
        environment = column.environment.id
        ratios = _ratios_of(measured, environment)
        series = {(one.cell, one.contender): one for one in measured.series if one.environment == environment}
        rows.append((column.short,))
        for cell in dict.fromkeys(cell for cell, _ in series):
            times = [_ms(series[cell, name]) for name in contenders]
            rows.append((cell, series[cell, BASE].course.letters, *times, _times(ratios[cell][shown])))
    return Table(
        name="cells",
        title="CPU a cell, in ms",
        headers=("cell", "tests", *contenders, f"{BASE}/{shown}"),
        rows=tuple(rows),
        lead=(
            "Medians of user and system time with all descendants, without the harness's own. "
            "That of fork includes what the warm process spends on each."
        ),
        keys=1,
    )


def _contenders(measured: CellsMeasured) -> list[str]:
    return list(dict.fromkeys(one.contender for one in measured.series))


def _ratios_of(measured: CellsMeasured, environment: str) -> dict[str, dict[str, Ratio]]:
    """group → contender → ratio."""
    found: dict[str, dict[str, Ratio]] = {}
    for ratio in measured.ratios:
        if ratio.environment == environment:
            found.setdefault(ratio.group, {})[ratio.contender] = ratio
    return found


def _ms(series: Series) -> str:
    return f"{series.cpu.median * 1000:.0f}"


def _times(ratio: Ratio) -> str:
    times = ratio.times.median
    return f"{times:.1f}" + (" ✓" if ratio.contender == FORKED and times >= TIMES_LESS else "")


def _compared(ratio: Ratio) -> str:
    return f"{_times(ratio)} ({ratio.times.low:.1f}–{ratio.times.high:.1f})"


def _runs(measured: RunsMeasured) -> Table:
    again = sorted(measured.again, key=lambda one: one.wall)[len(measured.again) // 2]
    spread = measured.again_wall
    default = not measured.arguments
    rows: list[Row] = [
        ("nothing cached but packages",),
        *_run_rows(measured.cold, duration(measured.cold.wall), COLD if default else None),
        ("the same again",),
        *_run_rows(
            again,
            f"{duration(spread.median)} ({duration(spread.least)}–{duration(spread.most)} in {len(measured.again)})",
            AGAIN if default else None,
            median=spread.median,
        ),
    ]
    return Table(
        name="runs",
        title="A whole run of `matrix`",
        headers=("", ""),
        rows=tuple(rows),
        lead="With its defaults." if default else f"With {' '.join(measured.arguments)}.",
        prose=True,
    )


def _run_rows(run: RunMeasured, wall: str, goal: float | None, *, median: float | None = None) -> Iterator[Row]:
    held = "" if goal is None else f", goal {goal:g} s: {'met' if (median or run.wall) <= goal else 'not met'}"
    yield "wall time", wall + held
    yield "outcomes", f"{run.outcomes:,}: {run.run:,} run, {run.reused:,} reused"
    each = f", {run.harness / run.outcomes * 1000:.1f} ms an outcome" if run.outcomes else ""
    yield "CPU of the harness itself", f"{duration(run.harness)}{each}"
    yield "CPU of what it started", f"{duration(run.others)}, of it {duration(run.cells)} for cells"
