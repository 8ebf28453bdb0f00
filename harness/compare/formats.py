"""A comparison as text, Markdown, JSON and JUnit XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from harness.compare.model import ChangeKind
from harness.compare.tables import headings, tables
from harness.output.table import WIDTH, as_markdown, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.compare.model import Comparison, PairComparison
    from harness.compare.test_changes import TestChange
    from harness.output.table import Table

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_format(
    name: str,
    comparison: Comparison,
    values: Callable[[str], Mapping[str, str]],
    width: int = WIDTH,
    *,
    suites: Sequence[Table] = (),
    tests: Sequence[TestChange] = (),
) -> str:
    """The comparison in one of `harness.cli.options.FORMATS`, without a line end. `width` is a terminal's, for text.

    Of suites that were run for it, texts tell the tests by `suites`, data by `tests`.
    """
    match name:
        case "text":
            return "\n\n".join(as_text(table, width) for table in (*tables(comparison, values), *suites)).rstrip()
        case "markdown":
            return "\n".join(as_markdown(table) for table in (*tables(comparison, values), *suites)).rstrip()
        case "json":
            return msgspec.json.format(msgspec.json.encode(as_data(comparison) | {"tests": tests})).decode()
        case "junit":
            return as_junit(comparison)
        case _:
            raise AssertionError(name)


def as_data(comparison: Comparison) -> dict[str, Any]:
    """For programs: every pair with its changes, every group with its cells. `changed` counts changes in all pairs."""
    data: dict[str, Any] = {
        "before": comparison.before,
        "after": comparison.after,
        "sources": comparison.sources,
        "changed": comparison.changed,
        "pairs": [_pair_data(one) for one in comparison.pairs],
        "groups": [msgspec.to_builtins(group) | {"category": group.category} for group in comparison.groups],
    }
    return data


def _pair_data(one: PairComparison) -> dict[str, Any]:
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


def as_junit(comparison: Comparison) -> str:
    """One suite a pair, one case a cell that changed, and one for all that did not.

    A changed cell is a failure; one that was set aside counts as skipped.
    """
    root = ElementTree.Element("testsuites", name=_xml(f"{comparison.before} → {comparison.after}"))
    for one, heading in zip(comparison.pairs, headings(comparison), strict=True):
        counts = dict(one.counts)
        name = _xml(heading)
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
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=_xml(change.cell))
            said = _xml(" → ".join(change.said))
            ElementTree.SubElement(case, "failure", type=change.category.value, message=said).text = said
        for left in one.aside:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=_xml(left.change.cell))
            ElementTree.SubElement(case, "skipped", message=_xml(f"{left.what}: {left.why}".rstrip(": ")))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def _xml(text: str) -> str:
    """Without characters that XML can't have, not even escaped."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
