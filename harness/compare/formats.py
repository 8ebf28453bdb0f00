"""A comparison as text, Markdown, JSON and JUnit XML."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from harness.analysis.suites import make_complete_table, make_short_table
from harness.compare.model import ChangeKind
from harness.compare.tables import make_headings, make_summary_tables, make_tables
from harness.output.formats import Document, make_xml_text
from harness.output.table import as_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.analysis.suites import SuiteView
    from harness.compare.model import Comparison, PairComparison
    from harness.compare.test_changes import TestChange
    from harness.output.table import Table

    CellValues = Callable[[str], Mapping[str, str]]


def as_document(
    comparison: Comparison,
    values: CellValues,
    *,
    every: bool = False,
    suites: Sequence[SuiteView] = (),
    tests: Sequence[TestChange] = (),
) -> Document:
    """The comparison in each format. The text is a summary unless `every`; all others are complete.

    Suites that were run for it are in the text and on the page as `suites`, in the data as `tests`.
    """
    return Document(
        tables=lambda: tuple(_choose_tables(comparison, values, suites, every=every)),
        page=lambda: "\n".join(map(as_markdown, _choose_tables(comparison, values, suites, every=True))),
        data=lambda: as_data(comparison) | {"tests": tests},
        junit=lambda: as_junit(comparison),
    )


def _choose_tables(
    comparison: Comparison, values: CellValues, suites: Sequence[SuiteView], *, every: bool
) -> Iterator[Table]:
    """The suites come first; where nothing else was compared, only what the environments differ in follows."""
    yield from map(make_complete_table if every else partial(make_short_table, names=False), suites)
    pairs, *others = make_tables(comparison, values) if every else make_summary_tables(comparison)
    yield pairs
    if any(sum(number for _, number in one.counts) + len(one.aside) > len(suites) for one in comparison.pairs):
        yield from others


def as_data(comparison: Comparison) -> dict[str, Any]:
    """For programs: every pair with its changes, every group with its cells. `changed` counts changes in all pairs."""
    data: dict[str, Any] = {
        "before": comparison.before,
        "after": comparison.after,
        "sources": comparison.sources,
        "changed": comparison.changed,
        "pairs": [_make_pair_data(one) for one in comparison.pairs],
        "groups": [msgspec.to_builtins(group) | {"category": group.category} for group in comparison.groups],
    }
    return data


def _make_pair_data(one: PairComparison) -> dict[str, Any]:
    pair = one.pair
    return {
        "before": pair.before and pair.before.id,
        "after": pair.after and pair.after.id,
        "exact": pair.exact,
        "asked": pair.asked,
        "drift": pair.drift,
        "counts": {category.value: number for category, number in one.counts},
        "only_before": one.only_before,
        "only_after": one.only_after,
        "changes": one.changes,
        "aside": one.aside,
    }


def as_junit(comparison: Comparison) -> ElementTree.Element:
    """One suite a pair, one case a cell that changed, and one for all that did not.

    A changed cell is a failure; one that was set aside counts as skipped.
    """
    root = ElementTree.Element("testsuites", name=make_xml_text(f"{comparison.before} → {comparison.after}"))
    for one, heading in zip(comparison.pairs, make_headings(comparison), strict=True):
        counts = dict(one.counts)
        name = make_xml_text(heading)
        same = counts.get(ChangeKind.SAME, 0)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(one.changes) + len(one.aside) + (same > 0)),
            failures=str(len(one.changes)),
            errors="0",
            skipped=str(len(one.aside)),
        )
        if same:
            ElementTree.SubElement(suite, "testcase", classname=name, name=f"{same} cells that did not change")
        for change in one.changes:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=make_xml_text(change.cell))
            text = make_xml_text(" → ".join(change.labels))
            ElementTree.SubElement(case, "failure", type=change.category.value, message=text).text = text
        for left in one.aside:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=make_xml_text(left.change.cell))
            ElementTree.SubElement(case, "skipped", message=make_xml_text(f"{left.what}: {left.why}".rstrip(": ")))
    return root
