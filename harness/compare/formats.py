"""A comparison as text, Markdown, JSON, JUnit XML and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from harness.analysis.missing_table import describe_missing, make_missing_table
from harness.analysis.suite_advice import make_advice_table
from harness.analysis.suites import make_complete_table, make_short_table
from harness.compare.model import ChangeKind
from harness.compare.summary import summarize
from harness.compare.tables import make_headings, make_summary_tables, make_tables
from harness.output.annotations import Annotation, AnnotationLevel
from harness.output.explained import as_page
from harness.output.fitting import Section, escape_prose, fit_lines, make_table_section
from harness.output.formats import Document, make_xml_text
from harness.output.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.analysis.missing_table import ExplainedSuite
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
    missing: Sequence[ExplainedSuite] = (),
    tests: Sequence[TestChange] = (),
    cures: str = "",
    annotations: Sequence[Annotation] = (),
    ending: str = "",
) -> Document:
    """The comparison in each format. The text is a summary unless `every`; all others are complete.

    Suites that were run for it are in the text and on the page as `suites`, in the data and in JUnit XML as `tests`.
    """

    def tables(*, every: bool) -> tuple[Table, ...]:
        return make_all_tables(comparison, values, suites=suites, missing=missing, every=every)

    return Document(
        tables=lambda: tables(every=every),
        page=lambda: f"{as_page(tables(every=True))}{_make_block(cures)}",
        data=lambda: (
            as_data(comparison)
            | {"summary": summarize(comparison, values, suites)}
            | {"tests": tests, "missing": describe_missing(missing)}
        ),
        junit=lambda: as_junit(comparison, suites, tests),
        annotations=lambda: (make_title(comparison, values, cures, suites), *annotations),
        ending="\n".join(filter(None, (cures, ending))),
    )


def make_title(comparison: Comparison, values: CellValues, cures: str, suites: Sequence[SuiteView] = ()) -> Annotation:
    """The comparison in one sentence, and what looks for cures."""
    return Annotation(
        level=AnnotationLevel.NOTICE,
        title=f"{comparison.before} → {comparison.after}",
        message="\n".join(filter(None, (summarize(comparison, values, suites), cures))),
    )


def make_job_page(
    comparison: Comparison, values: CellValues, suites: Sequence[SuiteView], tables: Sequence[Table], room: int
) -> str:
    """The sentence and the tables as Markdown of so many bytes at most, for the summary of a job."""
    title = f"{comparison.before} → {comparison.after}"
    head = f"### {escape_prose(summarize(comparison, values, suites))}\n\n{escape_prose(title)}\n"
    return fit_lines([Section(head=head), *(make_table_section(table, Section.rest) for table in tables)], room)


def _make_block(cures: str) -> str:
    return f"\n```\n{cures}\n```\n" if cures else ""


def make_all_tables(
    comparison: Comparison,
    values: CellValues,
    *,
    suites: Sequence[SuiteView] = (),
    missing: Sequence[ExplainedSuite] = (),
    every: bool = False,
) -> tuple[Table, ...]:
    """The first line is the answer. The suites come first; where nothing else was compared, the counts are left out."""
    pairs, *others = make_tables(comparison, values) if every else make_summary_tables(comparison)
    only_suites = all(_count_compared(one) <= len(suites) for one in comparison.pairs)
    tables = [make_complete_table(one) if every else make_short_table(one, names=False) for one in suites]
    tables += [table for table in (make_missing_table(missing), make_advice_table(suites)) if table]
    tables += [pairs] if suites and only_suites else [pairs, *others]
    between = "\n" if suites else " "
    lead = between.join(filter(None, (summarize(comparison, values, suites), tables[0].lead)))
    return msgspec.structs.replace(tables[0], lead=lead), *tables[1:]


def _count_compared(one: PairComparison) -> int:
    return sum(number for _, number in one.counts) + len(one.aside)


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


def as_junit(
    comparison: Comparison, suites: Sequence[SuiteView] = (), tests: Sequence[TestChange] = ()
) -> ElementTree.Element:
    """One suite a pair, one case a cell that changed, and one for all that did not.

    A changed cell is a failure; one that was set aside counts as skipped. A suite of the user's own has a case a test
    that changed, and one for all that did not.
    """
    root = ElementTree.Element("testsuites", name=make_xml_text(f"{comparison.before} → {comparison.after}"))
    for place, (one, heading) in enumerate(zip(comparison.pairs, make_headings(comparison), strict=True)):
        name = make_xml_text(heading)
        suite = ElementTree.SubElement(root, "testsuite", name=name)
        by_test = [test for test in tests if test.pair == place]
        known = {view.cell: len(view.seen) for view in suites}
        same = dict(one.counts).get(ChangeKind.SAME, 0) - sum(
            cell not in {change.cell for change in one.changes} for cell in known
        )
        if same > 0:
            _add_case(suite, name, f"{count(same, 'cell')} that did not change")
        for cell, number in known.items():
            left = number - sum(test.suite == cell for test in by_test)
            if left:
                _add_case(suite, cell, f"{count(left, 'test')} that did not change")
        for test in by_test:
            _add_failure(suite, test.suite, test.test, "changed", f"{test.before} → {test.after}")
        changed = {test.suite for test in by_test}
        for change in one.changes:
            if change.cell not in changed:
                _add_failure(suite, name, change.cell, change.category.value, " → ".join(change.labels))
        for left_out in one.aside:
            case = _add_case(suite, name, left_out.change.cell)
            text = make_xml_text(f"{left_out.what}: {left_out.why}".rstrip(": "))
            ElementTree.SubElement(case, "skipped", message=text)
        _count_cases(suite)
    return root


def _add_case(suite: ElementTree.Element, group: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=make_xml_text(group), name=make_xml_text(name))


def _add_failure(suite: ElementTree.Element, group: str, name: str, kind: str, text: str) -> None:
    text = make_xml_text(text)
    ElementTree.SubElement(_add_case(suite, group, name), "failure", type=kind, message=text).text = text


def _count_cases(suite: ElementTree.Element) -> None:
    suite.attrib |= {
        "tests": str(len(suite)),
        "failures": str(len(suite.findall("testcase/failure"))),
        "errors": "0",
        "skipped": str(len(suite.findall("testcase/skipped"))),
    }
