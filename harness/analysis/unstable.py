"""Repeated cells whose samples do not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.verdicts.rates import count_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.grid import Grid, Samples
    from harness.verdicts.signatures import SignatureCategory

MOST = 25
NOTE = "Counts of samples, with the 95 % interval (Wilson) of the true share behind each status."


def find_unstable(grid: Grid) -> list[tuple[str, list[tuple[int, Samples]]]]:
    """Cells whose samples disagree, each with the columns in which they do."""
    return [(cell, disagreeing) for cell in grid.cells if (disagreeing := _list_disagreeing(grid, cell))]


def make_unstable_table(grid: Grid, rest: str) -> Table | None:
    """One group a cell, None if all agree; `rest` says where those beyond the first are."""
    found = find_unstable(grid)
    if not found:
        return None
    rows: list[Row] = []
    for cell, disagreeing in found[:MOST]:
        rows.append((one_line(cell),))
        rows += [
            (grid.columns[column].short, _format_rates(samples, grid.categories)) for column, samples in disagreeing
        ]
    note = NOTE
    if len(found) > MOST:
        note += f" {count(len(found) - MOST, 'more cell')} in {rest}."
    return Table(
        name="unstable",
        title="Cells whose samples do not agree",
        headers=("environment", "samples"),
        rows=tuple(rows),
        lead=grid.common(),
        note=note,
        prose=True,
    )


def _list_disagreeing(grid: Grid, cell: str) -> list[tuple[int, Samples]]:
    return [
        (column, samples)
        for column, samples in enumerate(grid.row(cell))
        if len(samples) > 1 and not count_repeats(samples, grid.categories).stable
    ]


def _format_rates(samples: Samples, categories: Mapping[str, SignatureCategory]) -> str:
    counted = count_repeats(samples, categories)
    shown = [f"{status.value} {rate} ({rate.low:.0%}–{rate.high:.0%})" for status, rate in counted.statuses.items()]
    if len(shown) == 1:
        shown.append("but not the same errors in the same tests")
    if counted.infrastructure:
        shown.append(f"{counted.infrastructure} not measured")
    return ", ".join(shown)
