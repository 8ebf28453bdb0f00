"""A comparison as text, Markdown, JSON and JUnit XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from harness.analysis.table import WIDTH, as_markdown, as_text
from harness.comparison.model import Category
from harness.comparison.tables import heading, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.comparison.model import Compared, Comparison

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_format(name: str, comparison: Comparison, values: Callable[[str], Mapping[str, str]], width: int = WIDTH) -> str:
    """The comparison in one of `harness.options.FORMATS`, without a line end. `width` is a terminal's, for text."""
    match name:
        case "text":
            return "\n\n".join(as_text(table, width) for table in tables(comparison, values)).rstrip()
        case "markdown":
            return "\n".join(as_markdown(table) for table in tables(comparison, values)).rstrip()
        case "json":
            return msgspec.json.format(msgspec.json.encode(as_data(comparison))).decode()
        case "junit":
            return as_junit(comparison)
        case _:
            raise AssertionError(name)


def as_data(comparison: Comparison) -> dict[str, Any]:
    """For programs: every pair with its changes, every group with its cells. `changed` counts changes in all pairs."""
    data: dict[str, Any] = {
        "before": comparison.before,
        "after": comparison.after,
        "changed": comparison.changed,
        "pairs": [_pair_data(one) for one in comparison.pairs],
        "groups": [msgspec.to_builtins(group) | {"category": group.category} for group in comparison.groups],
    }
    return data


def _pair_data(one: Compared) -> dict[str, Any]:
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
    }


def as_junit(comparison: Comparison) -> str:
    """One suite a pair, one case a cell that changed, and one for all that did not: a changed cell is a failure."""
    root = ElementTree.Element("testsuites", name=_xml(f"{comparison.before} → {comparison.after}"))
    for one in comparison.pairs:
        counts = dict(one.counts)
        name = _xml(heading(one.pair))
        same = counts.get(Category.SAME, 0)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(one.changes) + (same > 0)),
            failures=str(len(one.changes)),
            errors="0",
        )
        if same:
            ElementTree.SubElement(suite, "testcase", classname=name, name=f"{same} cells that did not change")
        for change in one.changes:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=_xml(change.cell))
            said = _xml(" → ".join(change.said))
            ElementTree.SubElement(case, "failure", type=change.category.value, message=said).text = said
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def _xml(text: str) -> str:
    """Without characters that XML can't have, not even escaped."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
