"""A benchmark as it is printed, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.goals import (
    AGAIN,
    BISECTED,
    COLD,
    COLUMN,
    COMPARED,
    PEAK,
    SHARE,
    find_times_less,
    get_share,
    judge_goals,
)
from benchmarks.spread import BASE, GROUPS
from harness.analysis.columns import make_columns
from harness.output.table import Row, Table
from harness.output.text import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.model import (
        Benchmark,
        BisectMeasured,
        CellsMeasured,
        ComparesMeasured,
        Ratio,
        RunMeasured,
        RunsMeasured,
        Series,
        Spread,
    )


def make_tables(benchmark: Benchmark) -> list[Table]:
    """One for each part, and what they were measured on."""
    found = [_describe_setting(benchmark)]
    if benchmark.cells is not None:
        found += [_make_ratios(benchmark.cells), _make_cells_table(benchmark.cells)]
    if benchmark.runs is not None:
        found.append(_make_runs_table(benchmark.runs))
    if benchmark.compares is not None:
        found.append(_make_compares_table(benchmark.compares))
    if benchmark.bisect is not None:
        found.append(_make_bisect_table(benchmark.bisect, benchmark.machine.cores))
    return found


def as_json(benchmark: Benchmark) -> dict[str, Any]:
    """For `--json`: the file's content, and which goals it meets."""
    return {"benchmark": benchmark, "goals": list(judge_goals(benchmark))}


def _describe_setting(benchmark: Benchmark) -> Table:
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


def _make_ratios(measured: CellsMeasured) -> Table:
    """A row for each group of cells of each environment."""
    columns = make_columns(measured.environments)
    contenders = _make_contenders_table(measured)[1:]
    rows: list[Row] = []
    for column in columns:
        found = _format_ratios(measured, column.environment.id)
        for group in GROUPS:
            if group in found:
                first = found[group][contenders[0]]
                compared = [_format_compared(measured, found[group][name]) for name in contenders]
                rows.append((column.short, group, str(first.cells), *compared))
    starts = [start * 1000 for start in measured.warm_starts.values()]
    note = f"Medians over the rounds, with their quartiles, and the goals that there are for {BASE}/fork."
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


def _make_cells_table(measured: CellsMeasured) -> Table:
    """A group for each environment, a row for each cell."""
    contenders = _make_contenders_table(measured)
    shown = contenders[-1]
    rows: list[Row] = []
    for column in make_columns(measured.environments):
        environment = column.environment.id
        ratios = _format_ratios(measured, environment)
        series = {(one.cell, one.contender): one for one in measured.series if one.environment == environment}
        rows.append((column.short,))
        for cell in dict.fromkeys(cell for cell, _ in series):
            times = [_format_milliseconds(series[cell, name]) for name in contenders]
            rows.append((cell, series[cell, BASE].course.letters, *times, f"{ratios[cell][shown].times.median:.1f}"))
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


def _make_contenders_table(measured: CellsMeasured) -> list[str]:
    return list(dict.fromkeys(one.contender for one in measured.series))


def _format_ratios(measured: CellsMeasured, environment: str) -> dict[str, dict[str, Ratio]]:
    """group → contender → ratio."""
    found: dict[str, dict[str, Ratio]] = {}
    for ratio in measured.ratios:
        if ratio.environment == environment:
            found.setdefault(ratio.group, {})[ratio.contender] = ratio
    return found


def _format_milliseconds(series: Series) -> str:
    return f"{series.cpu.median * 1000:.0f}"


def _format_compared(measured: CellsMeasured, ratio: Ratio) -> str:
    times, goal = ratio.times, find_times_less(measured, ratio)
    held = "" if goal is None else f", goal {goal:g}: {'met' if times.median >= goal else 'not met'}"
    return f"{times.median:.1f} ({times.low:.1f}–{times.high:.1f}){held}"


def _make_runs_table(measured: RunsMeasured) -> Table:
    again = sorted(measured.again, key=lambda one: one.wall)[len(measured.again) // 2]
    spread = measured.again_wall
    default = not measured.arguments
    rows: list[Row] = [
        ("nothing cached but packages",),
        *_make_run_rows(measured.cold, duration(measured.cold.wall), COLD if default else None),
        ("the same again",),
        *_make_run_rows(
            again,
            f"{duration(spread.median)} ({duration(spread.least)}–{duration(spread.most)} in {len(measured.again)})",
            AGAIN if default else None,
            median=spread.median,
        ),
    ]
    if measured.column is not None:
        column = measured.column
        rows += [
            (f"pytest-asyncio {measured.column_release} besides",),
            *_make_run_rows(column, duration(column.wall), COLUMN),
        ]
    return Table(
        name="runs",
        title="A whole run of `matrix`",
        headers=("", ""),
        rows=tuple(rows),
        lead="With its defaults." if default else f"With {' '.join(measured.arguments)}.",
        prose=True,
    )


def _make_run_rows(run: RunMeasured, wall: str, goal: float | None, *, median: float | None = None) -> Iterator[Row]:
    held = "" if goal is None else f", goal {goal:g} s: {_format_goal(median or run.wall, goal)}"
    yield "wall time", wall + held
    yield "outcomes", f"{run.outcomes:,}: {run.run:,} run, {run.reused:,} reused"
    share = get_share(run)
    judged = "" if goal is None else f", goal {SHARE * 1000:g} ms: {_format_goal(share, SHARE)}"
    each = f", {share * 1000:.1f} ms a cell{judged}" if run.run else ""
    yield "CPU of the harness itself", f"{run.harness:.1f} s{each}"
    yield "CPU of what it started", f"{duration(run.others)}, of it {duration(run.cells)} for cells"


def _make_compares_table(measured: ComparesMeasured) -> Table:
    cpu, peak = measured.cpu.median, measured.peak.most
    rows: list[Row] = [
        ("CPU", f"{_format_spread(measured.cpu)}, goal {COMPARED:g} s: {_format_goal(cpu, COMPARED)}"),
        ("wall time", _format_spread(measured.wall)),
        ("memory", f"{peak / 1e6:.0f} MB at most, goal {PEAK / 1e6:.0f} MB: {_format_goal(peak, PEAK)}"),
    ]
    return Table(
        name="compares",
        title="Comparing two large sets of results",
        headers=("", ""),
        rows=tuple(rows),
        lead=(
            f"Twice {measured.outcomes:,} outcomes in {measured.environments} made-up environments, "
            f"{measured.bytes / 1e6:,.0f} MB, made of what was recorded in "
            f"{count(len(measured.recorded), 'environment')}; {measured.changed:,} outcomes differ."
        ),
        prose=True,
    )


def _make_bisect_table(measured: BisectMeasured, cores: int) -> Table:
    cpu = measured.harness + measured.others
    goal = "" if measured.arguments else f", goal {BISECTED:g} s: {_format_goal(measured.wall, BISECTED)}"
    own, least = f"{measured.harness:.1f} s", f"{cpu / cores:.1f} s"
    rows: list[Row] = [
        ("wall time", f"{measured.wall:.1f} s{goal}"),
        ("CPU", f"{cpu:.1f} s, of it {own} of the harness itself; {count(cores, 'core')} can't do it in under {least}"),
    ]
    return Table(
        name="bisect",
        title="Finding a release, with nothing cached but packages",
        headers=("", ""),
        rows=tuple(rows),
        lead=(
            f"{measured.cell}: {measured.run} of {count(measured.releases, 'release')} were run, "
            f"{count(measured.changes, 'change')} found."
        ),
        prose=True,
    )


def _format_goal(measured: float, most: float) -> str:
    return "met" if measured <= most else "not met"


def _format_spread(seconds: Spread) -> str:
    return f"{seconds.median:.2f} s ({seconds.least:.2f}–{seconds.most:.2f})"
