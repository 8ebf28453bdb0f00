"""Cells whose verdict differs between environments, the clearest first."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import RAN, has_run
from harness.analysis.label import join_labels, tell_apart
from harness.analysis.places import describe_places
from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import outcome_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.analysis.grid import Grid, Samples

MOST = 25
NOTE = (
    "Cells that change in the same way stand together. First come those that work in one environment and fail in "
    "another, then those that change at one point only, then the largest groups."
)
_Labels = tuple[str, ...]
_FAILING = frozenset({Status.REPRODUCES, Status.FAILS})


class CellGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Cells with the same texts in the same environments."""

    cells: tuple[str, ...]  # the simplest first
    partly: tuple[str, ...]  # cells that ran in some of these environments only, and have the same labels there
    labels: tuple[str, ...]  # one a column, with more than the label where outcomes share one; "" where nothing ran
    breaks: bool  # works in one environment and fails in another, not merely fails in other words
    status: bool  # the status differs, not only what was found
    changes: int  # between environments that are neighbours in order of versions
    entropy: float  # bits; 1 where two verdicts share the environments evenly

    @property
    def rank(self) -> tuple[object, ...]:
        """Sorts the the clearest first."""
        return (
            not self.breaks,
            not self.status,
            self.changes,
            -len(self.cells) - len(self.partly),
            -self.entropy,
            self.cells[0],
        )


def find_differences(grid: Grid) -> list[CellGroup]:
    """All groups of cells that have two or more outcomes among the environments they ran in, the clearest first."""
    groups: dict[_Labels, list[str]] = {}
    for cell in grid.cells:
        samples = [tuple(one for one in each if one.status in RAN) for each in grid.row(cell)]
        if len({frozenset(map(grid.outcome, each)) for each in samples if each}) > 1:
            groups.setdefault(_make_texts(grid, samples), []).append(cell)
    partly = _merge_partly(groups)
    return sorted(
        (_make_group(grid, labels, groups[labels], merged) for labels, merged in partly.items()),
        key=lambda one: one.rank,
    )


def find_partly_expressible(grid: Grid) -> tuple[str, ...]:
    """Cells that ran in some environments and can't be expressed in others, wherever they ran with one outcome."""
    return tuple(
        cell
        for cell in grid.cells
        if any(has_run(samples) for samples in grid.row(cell))
        and any(one.status is Status.NOT_APPLICABLE for samples in grid.row(cell) for one in samples)
    )


def make_differences_table(grid: Grid, found: Sequence[CellGroup], rest: str) -> Table:
    """The clearest of the differences that were found; `rest` says where the others are."""
    note = NOTE if found else "No cell's verdict differs between environments."
    if partly := find_partly_expressible(grid):
        note += f"\n{count(len(partly), 'cell')} can be expressed in some of the environments only."
    if len(found) > MOST:
        note += f"\n{count(len(found) - MOST, 'more difference')} in {rest}."
    rows: list[Row] = []
    for difference in found[:MOST]:
        rows += _make_rows(grid, difference)
    return Table(
        name="differences",
        title="Cells whose verdict depends on the environment",
        headers=("verdict", "where"),
        rows=tuple(rows),
        lead=grid.common(),
        note=note,
        prose=True,
    )


def _make_texts(grid: Grid, row: Sequence[Samples]) -> _Labels:
    """One text a column; outcomes that are not the same have different texts."""
    verdicts = {grid.outcome(one): one for samples in row for one in samples}
    texts = {outcome: grid.label(one) for outcome, one in verdicts.items()}
    if len(set(texts.values())) < len(texts):
        apart = tell_apart(verdicts.values(), grid.categories)
        texts = {outcome: apart[outcome_key(one, grid.categories)] for outcome, one in verdicts.items()}
    return tuple(join_labels([texts[grid.outcome(one)] for one in samples] or [""]) for samples in row)


def _merge_partly(groups: Mapping[_Labels, Sequence[str]]) -> dict[_Labels, list[str]]:
    """The groups that stand for themselves, with the cells of others that agree with them wherever they ran.

    The others ran in fewer environments. Whole groups are compared by what they say about those: one look-up each.
    """
    by_support: dict[tuple[int, ...], list[_Labels]] = {}
    for labels in groups:
        by_support.setdefault(tuple(place for place, label in enumerate(labels) if label), []).append(labels)
    merged: dict[_Labels, list[str]] = {}
    for support, members in sorted(by_support.items(), key=lambda item: -len(item[0])):
        hosts: dict[_Labels, _Labels] = {}
        for host in merged:
            hosts.setdefault(tuple(host[place] for place in support), host)
        for labels in members:
            host = hosts.get(tuple(labels[place] for place in support), labels)
            merged.setdefault(host, []).extend(() if host is labels else groups[labels])
    return merged


def _make_group(grid: Grid, labels: _Labels, cells: list[str], partly: list[str]) -> CellGroup:
    cells.sort(key=_simplest)
    statuses = [{one.status for one in samples if one.status in RAN} for samples in grid.row(cells[0])]
    failing = {bool(found & _FAILING) for found in statuses if found}
    known = [labels[place] for place in grid.by_version if labels[place]]
    return CellGroup(
        cells=tuple(cells),
        partly=tuple(sorted(partly, key=_simplest)),
        labels=labels,
        breaks=len(failing) > 1,
        status=len({frozenset(found) for found in statuses if found}) > 1,
        changes=sum(one != other for one, other in pairwise(known)),
        entropy=_find_entropy(known),
    )


def _simplest(cell: str) -> tuple[object, ...]:
    """Sorts cells with few departures from the defaults first."""
    return cell.count("="), not cell.startswith("default/"), cell


def _find_entropy(labels: Sequence[str]) -> float:
    shares = [times / len(labels) for times in Counter(labels).values()]
    return -sum(share * math.log2(share) for share in shares)


def _make_rows(grid: Grid, difference: CellGroup) -> list[Row]:
    """The cell as the heading, then one row a verdict, in order of first appearance."""
    others = len(difference.cells) + len(difference.partly) - 1
    more = f" … and {others:,} more like it" if others else ""
    if difference.partly:
        more += " wherever they ran"
    rows: list[Row] = [(one_line(difference.cells[0]) + more,)]
    for verdict in dict.fromkeys(label for label in difference.labels if label):
        where = describe_places(grid.columns, [label == verdict for label in difference.labels])
        rows.append((verdict, where))
    return rows
