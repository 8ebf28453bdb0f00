"""A comparison as tables: what was held against what, the causes, the values concerned, the cells."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from harness.compare.model import ChangeKind
from harness.output.table import Row, Table
from harness.output.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.compare.model import CellChange, Comparison, Drift, Group, Pair, PairComparison

MOST_CELLS = 40
"""Cells that a terminal shows; JSON and Markdown have all."""

COLUMNS = {
    ChangeKind.APPEARED: "ap-\npeared",
    ChangeKind.DISAPPEARED: "disap-\npeared",
    ChangeKind.OTHER_ERROR: "other\nerror",
    ChangeKind.OTHER_CHANNEL: "other\nchannel",
    ChangeKind.INEXPRESSIBLE: "no longer\nexpressible",
    ChangeKind.EXPRESSIBLE: "newly\nexpressible",
    ChangeKind.UNSTABLE: "un-\nstable",
    ChangeKind.MISSING: "not run\nthere",
}
"""Headings of the categories that are a change."""

PLACES = {category: place for place, category in enumerate(ChangeKind)}
"""The order in which cells are listed."""


def tables(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> tuple[Table, ...]:
    """All tables, in the order in which they are read."""
    first = (pairs_table(comparison), counts_table(comparison))
    if not comparison.changed:
        return first
    by_value = values_table(comparison, values)
    return (*first, causes_table(comparison), *([by_value] if by_value.rows else []), cells_table(comparison))


def pairs_table(comparison: Comparison) -> Table:
    """Which environments are held against each other, and in what they differ."""
    rows: list[Row] = []
    for one in comparison.pairs:
        rows.append((heading(one.pair),))
        rows += _pair_rows(one)
    drifted = sum(bool(one.pair.drift) for one in comparison.pairs)
    note = ""
    if drifted:
        differ = "differs" if drifted == 1 else "differ"
        note = (
            f"{count(drifted, 'pair')} of environments {differ} in more than was asked for. What changed there may be "
            "owed to any of these packages; name one on both sides to rule it out, as in "
            "pytest-asyncio=1.5.0,pytest=8.3.5."
        )
    return Table(
        name="pairs",
        title=f"{comparison.before} → {comparison.after}",
        headers=("", ""),
        rows=tuple(rows),
        lead=comparison.sources,
        note=note,
        prose=True,
    )


def heading(pair: Pair) -> str:
    """What both environments of a pair have in common."""
    one = pair.after or pair.before
    assert one is not None
    asked = {drift.package for drift in (*pair.asked, *pair.drift)}
    parts = [one.platform]
    if "python" not in asked:
        parts.append(f"{one.implementation} {one.python}")
    if "pytest-asyncio" not in asked:
        parts.append(f"pytest-asyncio {one.plugin}")
    if one.client not in asked:
        parts.append(f"{one.client} {one.client_version}")
    return ", ".join(parts)


def _pair_rows(one: PairComparison) -> Iterator[Row]:
    pair = one.pair
    if pair.before is None or pair.after is None:
        alone = pair.before or pair.after
        assert alone is not None
        side = "after" if pair.before is None else "before"
        yield "only " + side, f"{one_line(alone.id)}: {count(one.only_before + one.only_after, 'cell')}, nothing there"
        return
    if not (pair.asked or pair.drift):
        yield "differ in", "nothing: the same environment"
    if pair.asked:
        yield "asked for", _listed(pair.asked)
    if pair.drift:
        yield "differ besides" if pair.asked else "differ in", _listed(pair.drift)
    if one.only_before or one.only_after:
        yield "not compared", f"{count(one.only_before, 'cell')} run before only, {one.only_after:,} after only"


def _listed(drift: Sequence[Drift]) -> str:
    return ", ".join(one_line(str(one)) for one in drift)


def counts_table(comparison: Comparison) -> Table:
    """What became of the cells, pair by pair. A category that was never met has no column."""
    counts = [dict(one.counts) for one in comparison.pairs]
    met = [category for category in COLUMNS if any(found.get(category) for found in counts)]
    aside = [Counter(left.what for left in one.aside) for one in comparison.pairs]
    kinds = list(dict.fromkeys(what for found in aside for what in found))
    rows = []
    for place, (one, found, left) in enumerate(zip(comparison.pairs, counts, aside, strict=True)):
        shared = sum(found.values()) + left.total() - (found.get(ChangeKind.MISSING, 0) if not _both(one) else 0)
        numbers = (
            *(shared, found.get(ChangeKind.SAME, 0)),
            *(found.get(category, 0) for category in met),
            *(left[what] for what in kinds),
        )
        rows.append((where(comparison, [place]), *(f"{number:,}" if number else "·" for number in numbers)))
    return Table(
        name="counts",
        title="What became of the cells",
        headers=("environments", "cells", "same", *(COLUMNS[category] for category in met), *kinds),
        rows=tuple(rows),
    )


def _both(one: PairComparison) -> bool:
    return one.pair.before is not None and one.pair.after is not None


def where(comparison: Comparison, places: Iterable[int]) -> str:
    """The pairs, told apart by what not all pairs share; `everywhere` for all of several."""
    chosen = list(places)
    if len(chosen) == len(comparison.pairs) > 1:
        return "everywhere"
    names = headings(comparison)
    return " · ".join(names[place] for place in chosen)


def headings(comparison: Comparison) -> list[str]:
    """The heading of each pair, with what was asked for where pairs have the same one."""
    plain = [heading(one.pair) for one in comparison.pairs]
    times = Counter(plain)
    return [
        f"{text}, {_listed(one.pair.asked)}" if times[text] > 1 and one.pair.asked else text
        for text, one in zip(plain, comparison.pairs, strict=True)
    ]


def causes_table(comparison: Comparison) -> Table:
    """One line a cause: what the cells show now, or no longer, and what they have in common."""
    rows: list[Row] = []
    for group in comparison.groups:
        if group.common:
            rows.append((described(group),))
            rows += _group_rows(comparison, group)
    left = [group for group in comparison.groups if not group.common]
    for group in left:
        rows.append((described(group),))
        rows += _group_rows(comparison, group)
    return Table(
        name="causes",
        title="What changed, and what the cells have in common",
        headers=("", ""),
        rows=tuple(rows),
        note="“All” is meant: no cell that was compared has these values and did otherwise.",
        prose=True,
    )


def described(group: Group) -> str:
    """`all 240 cells with creation_site=event_loop_fixture: event-loop-fixture-missing`."""
    cells = len(group.cells)
    if group.common:
        who = ("all " if cells > 1 else "") + f"{count(cells, 'cell')} with {shown(group.common)}"
    elif cells == 1:
        who = one_line(group.cells[0])
    else:
        who = f"{cells:,} cells with nothing else in common"
    gone = "no longer " if group.category is ChangeKind.DISAPPEARED else ""
    return f"{who}: {gone}{one_line(group.label)}"


def shown(common: Iterable[tuple[str, str]]) -> str:
    """`creation_site=inside_test and cleanup_style=none`."""
    return " and ".join(f"{axis}={value}" for axis, value in common)


def _group_rows(comparison: Comparison, group: Group) -> Iterator[Row]:
    opposite = "now" if group.category is ChangeKind.DISAPPEARED else "before"
    yield opposite, " · ".join(_times(one_line(label, 120), number, group) for label, number in group.opposite[:4])
    yield "that is", ", ".join(_times(category.value, number, group) for category, number in group.categories)
    if len(comparison.pairs) > 1:
        yield "where", where(comparison, group.pairs)
    if not (group.common or len(group.cells) == 1):
        more = f" … and {len(group.cells) - 3:,} more" if len(group.cells) > 3 else ""
        yield "cells", "\n".join(map(one_line, group.cells[:3])) + more


def _times(text: str, number: int, group: Group) -> str:
    alone = len(group.opposite if text != group.categories[0][0] else group.categories) == 1
    return text if alone else f"{text} ({number:,})"


def values_table(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> Table:
    """Of each value of an axis that makes a difference: how many of the compared cells changed."""
    totals: Counter[tuple[str, str]] = Counter()
    changed: dict[ChangeKind, Counter[tuple[str, str]]] = {category: Counter() for category in COLUMNS}
    cells: Counter[tuple[ChangeKind, str]] = Counter()
    for one in comparison.pairs:
        totals.update({(axis, value): number for axis, value, number in one.values})
        cells.update((change.category, change.cell) for change in one.changes)
    for (category, cell), times in cells.items():
        for condition in values(cell).items():
            changed[category][condition] += times
    met = [category for category in COLUMNS if changed[category]]
    rows: list[Row] = []
    for axis in dict.fromkeys(axis for axis, _ in totals):
        found = [
            (value, total, [changed[category][axis, value] for category in met])
            for (of, value), total in totals.items()
            if of == axis
        ]
        changing = [one for one in found if any(one[2])]
        if len(found) > 1 and changing:
            rows.append((axis,))
            rows += [_value_row(*one) for one in sorted(changing, key=lambda one: (-sum(one[2]) / one[1], one[0]))]
    return Table(
        name="values",
        title="Changed cells by value",
        headers=("value", "cells", "changed", *(COLUMNS[category] for category in met)),
        rows=tuple(rows),
        note="Values that no changed cell has are left out, and axes of which one value was compared only.",
    )


def _value_row(value: str, total: int, numbers: Sequence[int]) -> Row:
    return value, f"{total:,}", f"{sum(numbers) / total:.0%}", *(f"{each:,}" if each else "·" for each in numbers)


def cells_table(comparison: Comparison) -> Table:
    """The cells, the same ones of several pairs together."""
    found: dict[CellChange, list[int]] = {}
    for place, one in enumerate(comparison.pairs):
        for change in one.changes:
            found.setdefault(change, []).append(place)
    rows: list[Row] = []
    for change, places in nsmallest(MOST_CELLS, found.items(), key=_order):
        rows += _cell_rows(comparison, change, places)
    left = len(found) - MOST_CELLS
    return Table(
        name="cells",
        title="The cells",
        headers=("", ""),
        rows=tuple(rows),
        note=f"{count(left, 'more cell')} in --format json." if left > 0 else "",
        prose=True,
    )


def _order(item: tuple[CellChange, list[int]]) -> tuple[object, ...]:
    change, _ = item
    return PLACES[change.category], change.cell, change.said


def _cell_rows(comparison: Comparison, change: CellChange, places: Sequence[int]) -> Iterator[Row]:
    yield (one_line(change.cell),)
    yield change.category.value, " → ".join(one_line(said, 120) for said in change.said)
    if len(comparison.pairs) > 1:
        yield "where", where(comparison, places)
