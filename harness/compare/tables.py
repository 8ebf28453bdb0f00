"""A comparison as tables: what was compared, the causes, the values concerned, the cells."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from harness.analysis.columns import version_key
from harness.compare.model import ChangeKind
from harness.output.table import Row, Table
from harness.output.text import count, one_line, show_number
from harness.packages import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.compare.model import CellChange, Comparison, Drift, Group, Pair, PairComparison

MOST_CELLS = 40
"""Cells that a terminal shows; JSON and Markdown have all."""

MOST_PAIRS, MOST_DRIFTS, MOST_CAUSES, MOST_ALONE = 4, 3, 6, 3
"""Of pairs of environments, of packages that differ, of causes, of environments on one side only in a summary."""

OWN_OPTION = frozenset({"pytest", *CLIENTS})
"""Packages that have an option; for others there is `--with`."""

COLUMNS = {
    ChangeKind.APPEARED: "appeared",
    ChangeKind.DISAPPEARED: "disappeared",
    ChangeKind.OTHER_ERROR: "other\nerror",
    ChangeKind.OTHER_CHANNEL: "other\nchannel",
    ChangeKind.INEXPRESSIBLE: "no longer\nexpressible",
    ChangeKind.EXPRESSIBLE: "newly\nexpressible",
    ChangeKind.UNSTABLE: "unstable",
    ChangeKind.MISSING: "not run\nthere",
}
"""Headings of the categories that are a change."""

MEANINGS = {
    ChangeKind.APPEARED: "Appeared: an error, leak or warning that was not there before, or a worse one.",
    ChangeKind.DISAPPEARED: "Disappeared: an error, leak or warning that is gone, or a lesser one is left.",
    ChangeKind.OTHER_ERROR: "Other error: as bad, but another one, or in other tests.",
    ChangeKind.OTHER_CHANNEL: "Other channel: the same errors, moved from a test to its cleanup or back.",
}
"""What the headings mean that don't say it themselves."""

PLACES = {category: place for place, category in enumerate(ChangeKind)}
"""The order in which cells are listed."""


def make_tables(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> tuple[Table, ...]:
    """All tables, in the order in which they are read."""
    first = (make_pairs_table(comparison), *_make_counts_if_any(comparison))
    if not comparison.changed:
        return first
    by_value = make_values_table(comparison, values)
    return (*first, make_causes_table(comparison), *([by_value] if by_value.rows else []), make_cells_table(comparison))


def make_summary_tables(comparison: Comparison) -> tuple[Table, ...]:
    """What fits a screen: the environments, the counts, and what changed for most cells."""
    causes = [make_causes_table(comparison, MOST_CAUSES)] if comparison.changed else []
    return (make_pairs_table(comparison, MOST_PAIRS), *_make_counts_if_any(comparison, MOST_PAIRS), *causes)


def _make_counts_if_any(comparison: Comparison, most: int | None = None) -> list[Table]:
    table = make_counts_table(comparison, most)
    return [table] if table.rows else []


def make_pairs_table(comparison: Comparison, most: int | None = None) -> Table:
    """Which environments are compared, and in what they differ; of each pair, or of the first ones.

    Environments without a counterpart on the other side are one line a side.
    """
    paired = [one for one in comparison.pairs if _has_both(one)]
    again = [one for one in paired if not (one.pair.asked or one.pair.drift)]
    apart = [one for one in paired if one not in again]
    rows = list(_make_same_rows(again))
    for one in apart[:most]:
        rows.append((make_heading(one.pair),))
        rows += _make_pair_rows(one, None if most is None else MOST_DRIFTS)
    if left := len(apart[most or len(apart) :]):
        rows.append((f"{count(left, 'more pair')} of environments: --all",))
    alone = list(_make_alone_rows(comparison))
    rows += [("not compared",), *alone] if alone else []
    drifted = sum(bool(one.pair.drift) for one in paired)
    note = ""
    if drifted:
        differ = "differs" if drifted == 1 else "differ"
        note = (
            f"{count(drifted, 'pair')} of environments {differ} in more than you asked for. What changed there may "
            f"come from any of these packages.{_describe_pinning(paired)}"
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


def _describe_pinning(paired: Iterable[PairComparison]) -> str:
    """How one of the packages that differ besides is ruled out; pytest, if it is among them."""
    found = [drift for one in paired for drift in one.pair.drift if drift.before and drift.after]
    if not found:
        return ""
    first = min(found, key=lambda drift: drift.package != "pytest")
    named = first.package in OWN_OPTION
    option = f"--{first.package} {first.before}" if named else f"--with {first.package}=={first.before}"
    return f" To rule one out, run cells or suites with it held fixed: {option}."


def _make_alone_rows(comparison: Comparison) -> Iterator[Row]:
    """A line for the environments that are on one side only, for each side."""
    for side in ("before", "after"):
        alone = [
            (environment, one.only_before + one.only_after)
            for one in comparison.pairs
            if not _has_both(one) and (environment := getattr(one.pair, side)) is not None
        ]
        if alone:
            alone.sort(key=lambda pair: version_key(pair[0]))
            names = list(dict.fromkeys(f"{one.plugin} on py{one.python_minor}" for one, _ in alone))
            more = f" and {len(names) - MOST_ALONE:,} more" if len(names) > MOST_ALONE else ""
            number = sum(cells for _, cells in alone)
            environments = count(len(alone), "environment")
            yield (
                f"{side} only",
                f"{environments}, {count(number, 'cell')}: {one_line(', '.join(names[:MOST_ALONE]))}{more}",
            )


def make_heading(pair: Pair) -> str:
    """What both environments of a pair have in common."""
    one = pair.after or pair.before
    assert one is not None
    asked = {drift.package for drift in (*pair.asked, *pair.drift)}
    parts = [one.platform]
    if "python" not in asked:
        parts.append(f"{one.implementation} {one.python}")
    if "pytest-asyncio" not in asked:
        parts.append(one.plugin_name)
    if one.client not in asked:
        parts.append(one.client_name)
    return ", ".join(parts)


def _make_pair_rows(one: PairComparison, most: int | None) -> Iterator[Row]:
    pair = one.pair
    if pair.asked:
        yield "compared", _join_drifts(pair.asked)
    if pair.drift:
        yield "also differ" if pair.asked else "differ in", _join_drifts(pair.drift, most)
    yield from _make_left_row([one])


def _make_same_rows(again: Sequence[PairComparison]) -> Iterator[Row]:
    """Environments that are the same on both sides: their names are in the next table, so they are one line here."""
    if again:
        yield (make_heading(again[0].pair) if len(again) == 1 else count(len(again), "environment"),)
        yield "differ in", "nothing: the same on both sides"
        yield from _make_left_row(again)


def _make_left_row(pairs: Sequence[PairComparison]) -> Iterator[Row]:
    before, after = sum(one.only_before for one in pairs), sum(one.only_after for one in pairs)
    if before or after:
        what = "cell" if len(pairs) == 1 else "outcome"
        yield "left out", f"{count(before, what)} run before only, {after:,} after only"


def _join_drifts(drift: Sequence[Drift], most: int | None = None) -> str:
    more = f" and {len(drift) - most} more" if most is not None and len(drift) > most else ""
    return ", ".join(one_line(str(one)) for one in drift[:most]) + more


def make_counts_table(comparison: Comparison, most: int | None = None) -> Table:
    """What became of the cells of each pair, or of the first ones. A category that was never met has no column.

    All columns of a row count cells that were run on both sides.
    """
    paired = [(place, one) for place, one in enumerate(comparison.pairs) if _has_both(one)]
    counts = [dict(one.counts) for _, one in paired]
    met = [category for category in COLUMNS if any(found.get(category) for found in counts)]
    aside = [Counter(left.what for left in one.aside) for _, one in paired]
    kinds = list(dict.fromkeys(what for found in aside for what in found))
    rows = []
    for (place, _), found, left in zip(paired, counts, aside, strict=True):
        numbers = (
            *(sum(found.values()) + left.total(), found.get(ChangeKind.SAME, 0)),
            *(found.get(category, 0) for category in met),
            *(left[what] for what in kinds),
        )
        rows.append((describe_pairs(comparison, [place]), *map(show_number, numbers)))
    note = f"{count(len(rows) - most, 'more pair')} of environments: --all" if most and len(rows) > most else ""
    return Table(
        name="counts",
        title="What became of the cells",
        headers=("environments", "compared", "same", *(COLUMNS[category] for category in met), *kinds),
        rows=tuple((text.replace(", ", ",\n"), *numbers) for text, *numbers in rows[:most]),
        exact=tuple(rows[:most]),
        note="\n".join(filter(None, (" ".join(MEANINGS[category] for category in met if category in MEANINGS), note))),
    )


def _has_both(one: PairComparison) -> bool:
    return one.pair.before is not None and one.pair.after is not None


def describe_pairs(comparison: Comparison, places: Iterable[int]) -> str:
    """The pairs, named by what not all pairs share; `everywhere` for all of several."""
    chosen = list(places)
    if len(chosen) == len(comparison.pairs) > 1:
        return "everywhere"
    names = make_headings(comparison)
    return " · ".join(names[place] for place in chosen)


def make_headings(comparison: Comparison) -> list[str]:
    """The heading of each pair, with what is compared where pairs have the same one."""
    plain = [make_heading(one.pair) for one in comparison.pairs]
    times = Counter(plain)
    return [
        f"{text}, {_join_drifts(one.pair.asked)}" if times[text] > 1 and one.pair.asked else text
        for text, one in zip(plain, comparison.pairs, strict=True)
    ]


def make_causes_table(comparison: Comparison, most: int | None = None) -> Table:
    """What the cells show now, or no longer, and what they have in common: each cause, or the largest ones."""
    ordered = sorted(comparison.groups, key=lambda group: not group.common)
    shown = ordered if most is None else sorted(ordered, key=lambda group: -len(group.cells))[:most]
    rows: list[Row] = []
    for group in shown:
        rows.append((describe(group),))
        rows += _make_group_rows(comparison, group)
    note = "No other compared cell with these values shows anything else now."
    if left := len(ordered) - len(shown):
        cells = sum(len(group.cells) for group in ordered) - sum(len(group.cells) for group in shown)
        note += f"\n{count(left, 'more cause')} ({count(cells, 'cell')}), the changes by value, and the cells: --all"
    elif most is not None:
        note += "\nThe changes by value, and the cells: --all"
    return Table(
        name="causes",
        title="What changed, and what the cells have in common",
        headers=("", ""),
        rows=tuple(rows),
        note=note,
        prose=True,
    )


def describe(group: Group) -> str:
    """`240 cells with creation_site=event_loop_fixture: event-loop-fixture-missing`."""
    cells = len(group.cells)
    if group.common:
        who = f"{count(cells, 'cell')} with {format_values(group.common)}"
    elif cells == 1:
        who = one_line(group.cells[0])
    else:
        who = f"{cells:,} cells with nothing else in common"
    gone = "no longer " if group.category is ChangeKind.DISAPPEARED else ""
    return f"{who}: {gone}{one_line(group.label)}"


def format_values(common: Iterable[tuple[str, str]]) -> str:
    """`creation_site=inside_test and cleanup_style=none`."""
    return " and ".join(f"{axis}={value}" for axis, value in common)


def _make_group_rows(comparison: Comparison, group: Group) -> Iterator[Row]:
    opposite = "now" if group.category is ChangeKind.DISAPPEARED else "before"
    yield opposite, " · ".join(_add_times(one_line(label, 120), number, group) for label, number in group.opposite[:4])
    yield "change", ", ".join(_add_times(category.value, number, group) for category, number in group.categories)
    if sum(map(_has_both, comparison.pairs)) > 1:
        yield "where", describe_pairs(comparison, group.pairs)
    if not (group.common or len(group.cells) == 1):
        more = f" … and {len(group.cells) - 3:,} more" if len(group.cells) > 3 else ""
        yield "cells", "\n".join(map(one_line, group.cells[:3])) + more


def _add_times(text: str, number: int, group: Group) -> str:
    alone = len(group.opposite if text != group.categories[0][0] else group.categories) == 1
    return text if alone else f"{text} ({number:,})"


def make_values_table(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> Table:
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
            rows += [_make_value_row(*one) for one in sorted(changing, key=lambda one: (-sum(one[2]) / one[1], one[0]))]
    return Table(
        name="values",
        title="Changed cells by value",
        headers=("value", "cells", "changed", *(COLUMNS[category] for category in met)),
        rows=tuple(rows),
        note="Values that no changed cell has are left out, and axes of which one value was compared only.",
    )


def _make_value_row(value: str, total: int, numbers: Sequence[int]) -> Row:
    return value, f"{total:,}", f"{sum(numbers) / total:.0%}", *map(show_number, numbers)


def make_cells_table(comparison: Comparison) -> Table:
    """The cells, the same ones of several pairs together."""
    found: dict[CellChange, list[int]] = {}
    for place, one in enumerate(comparison.pairs):
        for change in one.changes:
            found.setdefault(change, []).append(place)
    rows: list[Row] = []
    for change, places in nsmallest(MOST_CELLS, found.items(), key=_order):
        rows += _make_cell_rows(comparison, change, places)
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
    return PLACES[change.category], change.cell, change.labels


def _make_cell_rows(comparison: Comparison, change: CellChange, places: Sequence[int]) -> Iterator[Row]:
    yield (one_line(change.cell),)
    yield change.category.value, " → ".join(one_line(label, 120) for label in change.labels)
    if sum(map(_has_both, comparison.pairs)) > 1:
        yield "where", describe_pairs(comparison, places)
