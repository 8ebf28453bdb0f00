"""Every cell in every environment, next to the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.table import Table, as_markdown, as_text
from harness.analysis.text import one_line
from harness.store.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from harness.analysis.grid import Grid

_UNLIMITED = 1_000_000
NOTE = (
    "An arrow points from the root error to the surface error that hides it. n/a: the cell can't be expressed there. "
    "Empty: it was not selected."
)


def full_table(grid: Grid) -> Table:
    """One row a cell, one column an environment."""
    return Table(
        name="full_table",
        title="Every cell in every environment",
        headers=("cell", *(column.heading for column in grid.columns)),
        rows=tuple((one_line(cell), *grid.labels(cell)) for cell in grid.cells),
        lead=grid.common(),
        note=NOTE,
        prose=True,
    )


def write_full_table(folder: Path, run: str, grid: Grid) -> tuple[Path, Path]:
    """Write `<run>.cells.txt` and `<run>.cells.md`, replacing older ones; returns both."""
    table = full_table(grid)
    text, page = folder / f"{run}.cells.txt", folder / f"{run}.cells.md"
    replace_file(text, as_text(table, _UNLIMITED).encode())
    replace_file(page, as_markdown(table).encode())
    return text, page
