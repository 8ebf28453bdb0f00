"""Which cells the numbers of several environments count, so that they can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.grid import has_run
from harness.catalogue.loading import find_values, list_free_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.analysis.grid import Grid

CAN_RUN = "can run on every release and Python"
COMMON = f"cells that {CAN_RUN}"

FURTHER = "cells that need a certain version or package"
"""Numbers of these count other cells on other releases: each stands beside the number of its own."""

NOT_THE_SAME = "Not the same cells ran in all of these environments: numbers side by side count different cells."
"""Printed above numbers of `COMMON` where that is so: profiles differ, or something could not be measured."""


def is_common(cell: str) -> bool:
    """Whether the catalogue lets the cell run everywhere.

    It goes by the catalogue alone. So whatever else ran, an environment's numbers of such cells stay the same.
    """
    values = find_values(cell)
    return bool(values) and values.items() <= list_free_values()


def list_common(cells: Iterable[str]) -> tuple[str, ...]:
    """`COMMON`."""
    return tuple(filter(is_common, cells))


def list_further(cells: Iterable[str]) -> tuple[str, ...]:
    """`FURTHER`, and cells that the catalogue doesn't have."""
    return tuple(cell for cell in cells if not is_common(cell))


def count_run(grid: Grid, cells: Iterable[str], places: Iterable[int]) -> list[int]:
    """How many of the cells ran in each of these columns."""
    rows = [grid.row(cell) for cell in cells]
    return [sum(has_run(row[place]) for row in rows) for place in places]


def are_same(grid: Grid, cells: Iterable[str], places: Sequence[int] | None = None) -> bool:
    """Whether the same of these cells ran in all of these columns, or in all there are."""
    chosen = range(len(grid.columns)) if places is None else places
    return all(len({has_run(row[place]) for place in chosen}) <= 1 for row in map(grid.row, cells))
