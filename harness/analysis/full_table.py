"""Every cell in every environment."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from harness.analysis.label import ARROW, join_labels
from harness.analysis.patterns import add_pattern, make_legend
from harness.output.table import Table
from harness.output.text import one_line

if TYPE_CHECKING:
    from harness.analysis.grid import Grid, Samples

NOTE = f"{ARROW} n/a: the cell can't be expressed there. Empty: it was not selected."


def make_full_table(grid: Grid) -> Table:
    """One row a cell, one column an environment. Errors with the tests that met them."""
    patterns = {one.pattern for cell in grid.cells for one in chain.from_iterable(grid.row(cell))}
    return Table(
        name="cells",
        title="Every cell in every environment",
        headers=("cell", *(column.heading for column in grid.columns)),
        rows=tuple((one_line(cell), *(_format(grid, samples) for samples in grid.row(cell))) for cell in grid.cells),
        lead=grid.common(),
        note=f"{NOTE} {make_legend(patterns)}".strip(),
        prose=True,
    )


def _format(grid: Grid, samples: Samples) -> str:
    return join_labels([add_pattern(grid.label(one), one) for one in samples]) if samples else ""
