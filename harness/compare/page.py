"""What differs between two sides, as sections of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.compare.model import ChangeKind
from harness.compare.tables import describe, describe_pairs, make_counts_table, make_heading
from harness.output.fitting import Section, escape_prose, fold_rows, make_header, make_row, mark_code
from harness.output.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.compare.model import CellChange, Comparison, Drift, Group


def make_counts_section(comparison: Comparison) -> Section:
    """What became of the cells of each pair."""
    table = make_counts_table(comparison)
    return Section(
        head=make_header([text.replace("\n", " ") for text in table.headers]),
        lines=[make_row(row) for row in table.rows],
        noun="pair",
    )


def make_causes_section(comparison: Comparison, rest: str = Section.rest) -> Section:
    """What changed, a line a cause."""
    return Section(
        head="\n**What changed, and what the cells have in common**\n\n",
        lines=[_make_cause(comparison, group) for group in comparison.groups],
        noun="cause",
        rest=rest,
    )


def make_cells_section(comparison: Comparison, rest: str = Section.rest) -> Section:
    """The cells that changed, unfolded by a click."""
    places = ("where",) if len(comparison.pairs) > 1 else ()
    headers = ("cell", "what", "before", "now", *places)
    return fold_rows("cell", list(_make_cells(comparison)), headers, "that changed", rest=rest)


def make_pairs_section(comparison: Comparison) -> Section:
    """Which environments are compared, and in what they differ, unfolded by a click."""
    rows = [
        make_row([make_heading(one.pair), _describe_drifts(one.pair.asked), _describe_drifts(one.pair.drift)])
        for one in comparison.pairs
    ]
    return fold_rows("pair", rows, ("environments", "compared", "also differs"), "of environments")


def _describe_drifts(drift: Iterable[Drift]) -> str:
    return ", ".join(map(str, drift)) or "–"


def _make_cause(comparison: Comparison, group: Group) -> str:
    others = " · ".join(one_line(label, 120) for label, _ in group.opposite[:3])
    places = f" ({escape_prose(describe_pairs(comparison, group.pairs))})" if len(comparison.pairs) > 1 else ""
    what = ", ".join(category.value for category, _ in group.categories)
    opposite = "now" if group.category is ChangeKind.DISAPPEARED else "before"
    return f"- {escape_prose(describe(group))}{places} — {what}, {opposite} {escape_prose(others)}\n"


def _make_cells(comparison: Comparison) -> Iterator[str]:
    found: dict[CellChange, list[int]] = {}
    for place, one in enumerate(comparison.pairs):
        for change in one.changes:
            found.setdefault(change, []).append(place)
    for change, places in sorted(found.items(), key=lambda one: (one[0].category, one[0].cell, one[0].labels)):
        labels = [one_line(text, 120) for text in change.labels]
        there = [describe_pairs(comparison, places)] if len(comparison.pairs) > 1 else []
        yield make_row([mark_code(change.cell), change.category.value, *labels, *there])
