"""What becomes of well-known habits: verdict and course of a few cells, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.label import ARROW, join_labels
from harness.analysis.patterns import format_pattern, make_legend
from harness.analysis.places import describe_places
from harness.catalogue.loading import load_catalogue
from harness.output.table import Row, Table
from harness.output.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.grid import Grid, Samples
    from harness.catalogue.highlights import Highlight

NOTE = f"{ARROW} n/a: it can't be expressed there."


FEW = 16
"""So many cells are listed one by one where no habit is among them."""

_WINDOWS = "win32-"
ONLY_WINDOWS = "does nothing elsewhere than on Windows"
"""How the catalogue says it of a value."""


def name_cells(grid: Grid, habits: Sequence[Highlight]) -> tuple[str, dict[str, str]]:
    """The cells that a short table shows, with their names, and its title: well-known habits, or all of a few cells.

    Habits that do nothing where these cells ran are left out.
    """
    named = {one.cell: one_line(one.title) for one in habits if one.cell in grid.cells}
    if len(grid.cells) <= FEW:
        return "The cells, and what becomes of them", {cell: named.get(cell, one_line(cell)) for cell in grid.cells}
    if not any(column.environment.platform.startswith(_WINDOWS) for column in grid.columns):
        named = {cell: title for cell, title in named.items() if not _is_for_windows(cell)}
    return "Well-known habits, and what becomes of them", named


def _is_for_windows(cell: str) -> bool:
    catalogue = load_catalogue()
    found = catalogue.find(cell)
    return found is not None and any(ONLY_WINDOWS in one.value.meaning for one in catalogue.named_values(found))


def make_habits_table(grid: Grid, chosen: Sequence[Highlight]) -> Table | None:
    """A group of rows a habit whose cell is in the results; None where none is."""
    rows: list[Row] = []
    patterns: set[str] = set()
    for highlight in chosen:
        if highlight.cell in grid.cells:
            rows.append((f"{one_line(highlight.title)}: {one_line(highlight.cell)}",))
            rows += _make_rows(grid, highlight.cell)
            patterns |= {one.pattern for samples in grid.row(highlight.cell) for one in samples}
    if not rows:
        return None
    return Table(
        name="habits",
        title="What becomes of well-known habits",
        headers=("verdict", "tests", "where"),
        rows=tuple(rows),
        lead=grid.common(),
        note=f"{make_legend(patterns)} {NOTE}".strip(),
        keys=2,
        prose=True,
    )


def _make_rows(grid: Grid, cell: str) -> list[Row]:
    """One row a verdict and course, in order of first appearance."""
    shown = [_format(grid, samples) for samples in grid.row(cell)]
    return [
        (*one, describe_places(grid.columns, [other == one for other in shown]))
        for one in dict.fromkeys(shown)
        if one[0]
    ]


def _format(grid: Grid, samples: Samples) -> tuple[str, str]:
    """Verdict and course; of repeated samples, each course that was met."""
    if not samples:
        return "", ""
    return join_labels([grid.label(one) for one in samples]), " · ".join(dict.fromkeys(map(format_pattern, samples)))
