"""Axis value × environment: the share of cells that are clean, so that one sees which habit breaks what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.grid import RAN, ran
from harness.analysis.table import Row, Table
from harness.analysis.text import count, one_line
from harness.catalogue.cell import CORE_AXES
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.grid import Grid, Samples

NOTE = (
    "Clean: every test passes, nothing is left behind, nothing warns. Shares are of the cells that could run; "
    "– is where none could. The cleanest value of each axis comes first."
)
_Counts = list[list[int]]  # clean, ran; one a column


def clean_by_value(grid: Grid, defaults: Mapping[str, str]) -> Table:
    """One group of rows an axis.

    `defaults` names the value of each axis that a cell's id may leave out; an extension axis is shown only
    if some cell departs from its default.
    """
    counts, foreign = _counted(grid, defaults)
    rows: list[Row] = []
    for axis, values in counts.items():
        if len(values) > 1 or (values and axis in CORE_AXES):
            rows.append((axis,))
            ordered = sorted(values.items(), key=lambda item: (-_share(item[1]), item[0]))
            rows += [(one_line(value, 40), *map(_shown, columns)) for value, columns in ordered]
    note = f"{NOTE} {count(foreign, 'cell')} outside the catalogue not counted." if foreign else NOTE
    return Table(
        name="clean_by_value",
        title="Clean cells by habit",
        headers=("value", *(column.heading for column in grid.columns)),
        rows=tuple(rows),
        lead=grid.common(),
        note=note,
    )


def axis_values(cell: str, defaults: Mapping[str, str]) -> dict[str, str] | None:
    """{axis: value} of a cell's id; None for a suite that isn't of the catalogue."""
    core, _, extensions = cell.partition("@")
    values = core.split("/")
    if len(values) != len(CORE_AXES):
        return None
    given = (part.partition("=") for part in extensions.split(",") if part)
    return {**defaults, **dict(zip(CORE_AXES, values, strict=True)), **{axis: value for axis, _, value in given}}


def _counted(grid: Grid, defaults: Mapping[str, str]) -> tuple[dict[str, dict[str, _Counts]], int]:
    counts: dict[str, dict[str, _Counts]] = {axis: {} for axis in (*CORE_AXES, *defaults)}
    foreign = 0
    empty = [[0, 0] for _ in grid.columns]
    for cell in grid.cells:
        values = axis_values(cell, defaults)
        if values is None:
            foreign += 1
            continue
        here = [_clean_and_ran(samples) for samples in grid.row(cell)]
        for axis, value in values.items():
            of_value = counts.setdefault(axis, {}).setdefault(value, [pair.copy() for pair in empty])
            for total, (clean, known) in zip(of_value, here, strict=True):
                total[0] += clean
                total[1] += known
    return counts, foreign


def _clean_and_ran(samples: Samples) -> tuple[int, int]:
    if not ran(samples):
        return 0, 0
    return int(all(one.status is Status.CLEAN for one in samples if one.status in RAN)), 1


def _share(columns: _Counts) -> float:
    return sum(clean for clean, _ in columns) / max(1, sum(known for _, known in columns))


def _shown(pair: list[int]) -> str:
    clean, known = pair
    return f"{clean}/{known} {clean / known:4.0%}" if known else "–"
