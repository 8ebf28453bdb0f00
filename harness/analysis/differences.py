"""Cells whose verdict differs between environments, most telling first."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import RAN
from harness.analysis.label import joined
from harness.analysis.places import places
from harness.analysis.table import Row, Table
from harness.analysis.text import count, one_line
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.grid import Grid, Samples

MOST = 25
NOTE = (
    "Cells that change in the same way stand together. First come those that work in one environment and fail in "
    "another, then those that change at one point only, then the largest groups."
)
_FAILING = frozenset({Status.REPRODUCES, Status.FAILS})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Cells with the same labels in the same environments."""

    cells: tuple[str, ...]  # the simplest first
    labels: tuple[str, ...]  # one a column; "" where nothing ran
    breaks: bool  # works in one environment and fails in another, not merely fails in other words
    status: bool  # the status differs, not only what was found
    changes: int  # between neighbouring columns
    entropy: float  # bits; 1 where two verdicts share the environments evenly

    @property
    def rank(self) -> tuple[object, ...]:
        """Sorts the most telling first."""
        return (not self.breaks, not self.status, self.changes, -len(self.cells), -self.entropy, self.cells[0])


def find_differences(grid: Grid) -> list[Difference]:
    """All groups of cells that have two or more verdicts among the environments they ran in, most telling first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for cell in grid.cells:
        labels = tuple(_shown(grid, samples) for samples in grid.row(cell))
        if len(set(labels) - {""}) > 1:
            groups.setdefault(labels, []).append(cell)
    return sorted((_difference(grid, labels, cells) for labels, cells in groups.items()), key=lambda one: one.rank)


def differences(grid: Grid, rest: str) -> Table:
    """The most telling differences; `rest` says where the others are."""
    found = find_differences(grid)
    note = NOTE if found else "No cell's verdict differs between environments."
    if len(found) > MOST:
        note += f"\n{count(len(found) - MOST, 'more difference')} in {rest}."
    rows: list[Row] = []
    for difference in found[:MOST]:
        rows += _rows(grid, difference)
    return Table(
        name="differences",
        title="Cells whose verdict depends on the environment",
        headers=("verdict", "where"),
        rows=tuple(rows),
        lead=grid.common(),
        note=note,
        prose=True,
    )


def _shown(grid: Grid, samples: Samples) -> str:
    return joined([grid.label(one) for one in samples if one.status in RAN] or [""])


def _difference(grid: Grid, labels: tuple[str, ...], cells: list[str]) -> Difference:
    cells.sort(key=lambda cell: (cell.count("="), not cell.startswith("default/"), cell))
    statuses = [{one.status for one in samples if one.status in RAN} for samples in grid.row(cells[0])]
    failing = {bool(found & _FAILING) for found in statuses if found}
    known = [label for label in labels if label]
    return Difference(
        cells=tuple(cells),
        labels=labels,
        breaks=len(failing) > 1,
        status=len({frozenset(found) for found in statuses if found}) > 1,
        changes=sum(one != other for one, other in pairwise(known)),
        entropy=_entropy(known),
    )


def _entropy(labels: Sequence[str]) -> float:
    shares = [times / len(labels) for times in Counter(labels).values()]
    return -sum(share * math.log2(share) for share in shares)


def _rows(grid: Grid, difference: Difference) -> list[Row]:
    """The cell as the heading, then one row a verdict, in order of first appearance."""
    more = f" … and {len(difference.cells) - 1:,} more like it" if len(difference.cells) > 1 else ""
    rows: list[Row] = [(one_line(difference.cells[0]) + more,)]
    for verdict in dict.fromkeys(label for label in difference.labels if label):
        where = places(grid.columns, [label == verdict for label in difference.labels])
        rows.append((verdict, where))
    return rows
