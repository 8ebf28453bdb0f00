"""Axis value × environment: the share of cells that are clean, so that one sees which habit breaks what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.grid import RAN, has_run
from harness.catalogue.cell import CORE_AXES
from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.analysis.grid import Grid, Samples

NOTE = (
    "Clean: every test passes, nothing is left behind, nothing warns. Shares are of the cells that could run, whose "
    "number stands beside the value; – is where none could. The cleanest value of each axis comes first."
)
_Counts = list[list[int]]  # clean, ran; one a column


def make_clean_table(grid: Grid, defaults: Mapping[str, str]) -> Table:
    """One group of rows an axis.

    `defaults` names the value of each axis that a cell's id may leave out; an extension axis is shown only
    if some cell departs from its default.
    """
    counts, foreign = _count(grid, defaults)
    shown = {axis: values for axis, values in counts.items() if len(values) > 1 or (values and axis in CORE_AXES)}
    note = f"{NOTE} {count(foreign, 'cell')} outside the catalogue not counted." if foreign else NOTE
    return Table(
        name="clean",
        title="Clean cells by habit",
        headers=("value", "cells", *(column.heading for column in grid.columns)),
        rows=tuple(_make_rows(shown, _format_percent)),
        exact=tuple(_make_rows(shown, _format_exactly)),
        lead=grid.common(),
        note=note,
        keys=2,
        starts=grid.block_starts(keys=2),
    )


def read_axis_values(cell: str, defaults: Mapping[str, str]) -> dict[str, str] | None:
    """{axis: value} of a cell's id; None for a suite that isn't of the catalogue."""
    core, _, extensions = cell.partition("@")
    values = core.split("/")
    if len(values) != len(CORE_AXES):
        return None
    given = (part.partition("=") for part in extensions.split(",") if part)
    return {**defaults, **dict(zip(CORE_AXES, values, strict=True)), **{axis: value for axis, _, value in given}}


def _make_rows(axes: Mapping[str, Mapping[str, _Counts]], share: Callable[[int, int], str]) -> Iterator[Row]:
    for axis, values in axes.items():
        yield (axis,)
        for value, columns in sorted(values.items(), key=lambda item: (-_find_share(item[1]), item[0])):
            shares = (share(clean, known) if known else "–" for clean, known in columns)
            yield one_line(value, 40), _format_cells(columns), *shares


def _format_cells(columns: _Counts) -> str:
    """How many cells with a value could run: `12`, or `42–54` where environments differ in it."""
    known = [known for _, known in columns if known]
    low, high = min(known, default=0), max(known, default=0)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _count(grid: Grid, defaults: Mapping[str, str]) -> tuple[dict[str, dict[str, _Counts]], int]:
    counts: dict[str, dict[str, _Counts]] = {axis: {} for axis in (*CORE_AXES, *defaults)}
    foreign = 0
    empty = [[0, 0] for _ in grid.columns]
    for cell in grid.cells:
        values = read_axis_values(cell, defaults)
        if values is None:
            foreign += 1
            continue
        here = [_count_clean_and_ran(samples) for samples in grid.row(cell)]
        for axis, value in values.items():
            of_value = counts.setdefault(axis, {}).setdefault(value, [pair.copy() for pair in empty])
            for total, (clean, known) in zip(of_value, here, strict=True):
                total[0] += clean
                total[1] += known
    return counts, foreign


def _count_clean_and_ran(samples: Samples) -> tuple[int, int]:
    if not has_run(samples):
        return 0, 0
    return int(all(one.status is Status.CLEAN for one in samples if one.status in RAN)), 1


def _find_share(columns: _Counts) -> float:
    return sum(clean for clean, _ in columns) / max(1, sum(known for _, known in columns))


def _format_percent(clean: int, known: int) -> str:
    """Rounded, but neither to 0 % nor to 100 % what isn't."""
    percent = round(100 * clean / known)
    return f"{min(max(percent, int(clean > 0)), 100 - int(clean < known))}%"


def _format_exactly(clean: int, known: int) -> str:
    return f"{clean}/{known} {_format_percent(clean, known)}"
