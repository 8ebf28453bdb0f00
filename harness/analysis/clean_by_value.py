"""Axis value × environment: the share of cells that are clean, so that one sees which habit breaks what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.cell_sets import COMMON, NOT_THE_SAME, are_same, list_common
from harness.analysis.grid import RAN, has_run
from harness.catalogue.cell import CORE_AXES
from harness.catalogue.loading import list_free_values
from harness.output.table import Row, Table
from harness.output.text import count, one_line, show_number
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.analysis.grid import Grid, Samples

NOTE = (
    f"Clean: every test passes, nothing is left behind, nothing warns. Shares are of {COMMON}, whose number stands "
    f"beside the value; of a value that needs a certain version or package, of its cells that need nothing else. – is "
    "where none could run. The cleanest value of each axis comes first."
)
_Counts = list[list[int]]  # clean, ran; one a column


def make_clean_table(grid: Grid, defaults: Mapping[str, str]) -> Table:
    """One group of rows an axis.

    `defaults` names the value of each axis that a cell's id may leave out; an extension axis is shown only
    if some cell departs from its default.
    """
    counts, foreign = _count(grid, defaults)
    shown = {axis: values for axis, values in counts.items() if len(values) > 1 or (values and axis in CORE_AXES)}
    same = are_same(grid, list_common(grid.cells))
    note = f"{NOTE} {count(foreign, 'cell')} outside the catalogue not counted." if foreign else NOTE
    return Table(
        name="clean",
        title="Clean cells by habit",
        headers=("value", "cells", *(column.heading for column in grid.columns)),
        rows=tuple(_make_rows(shown, same=same, exact=False)),
        exact=tuple(_make_rows(shown, same=same, exact=True)),
        lead=f"{grid.common()}\n{'' if same else NOT_THE_SAME}".strip(),
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


def _make_rows(axes: Mapping[str, Mapping[str, _Counts]], *, same: bool, exact: bool) -> Iterator[Row]:
    """Where not the `same` cells ran in all columns, each share says of how many it is."""
    for axis, values in axes.items():
        yield (axis,)
        for value, columns in sorted(values.items(), key=lambda item: (-_find_share(item[1]), item[0])):
            sizes = sorted({known for _, known in columns if known})
            form = _format_exactly if exact else _format_percent if same and len(sizes) == 1 else _format_with_size
            cells = f"{sizes[0]:,}–{sizes[-1]:,}" if len(sizes) > 1 else show_number(sum(sizes))
            yield one_line(value, 40), cells, *(form(clean, known) if known else "–" for clean, known in columns)


def _count(grid: Grid, defaults: Mapping[str, str]) -> tuple[dict[str, dict[str, _Counts]], int]:
    """A cell counts for each of its values if it needs nothing, and for that value alone of which it needs something.

    With two of those it counts for none: which releases can run it depends on both.
    """
    counts: dict[str, dict[str, _Counts]] = {axis: {} for axis in (*CORE_AXES, *defaults)}
    foreign = 0
    empty = [[0, 0] for _ in grid.columns]
    for cell in grid.cells:
        values = read_axis_values(cell, defaults)
        if values is None:
            foreign += 1
            continue
        needing = values.items() - list_free_values()
        if len(needing) > 1:
            continue
        here = [_count_clean_and_ran(samples) for samples in grid.row(cell)]
        for axis, value in needing or values.items():
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


def _format_with_size(clean: int, known: int) -> str:
    return f"{_format_percent(clean, known)} of {known:,}"


def _format_exactly(clean: int, known: int) -> str:
    return f"{clean}/{known} {_format_percent(clean, known)}"
