"""From results to categories, causes and pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import msgspec
import pytest

from harness.compare.comparing import Comparer, select_measured
from harness.compare.formats import as_document
from harness.compare.model import ChangeKind, Comparison
from harness.compare.sides import read_side
from harness.compare.summary import summarize
from harness.compare.tables import MOST_CAUSES, make_counts_table
from harness.errors import UsageError
from harness.output.formats import render
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import SignatureCategory
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED, environment, only, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

AXES = ("loop_policy", "fixture_scope", "creation_site", "cleanup_style")
SITES = ("async_fixture", "module_global", "event_loop_fixture")
SCOPES = ("function", "class", "session")
CELLS = [f"default/{scope}/{site}/aclose" for scope in SCOPES for site in SITES]
OLD, NEW = environment("0.26.0"), environment("1.0.0")


def values(cell: str) -> Mapping[str, str]:
    return dict(zip(AXES, cell.split("/"), strict=True))


def compare(*runs: tuple[Mapping[str, Verdict], Mapping[str, Verdict]]) -> Comparison:
    """Pairs of what was found on 0.26.0 and on 1.0.0, each pair on another Python."""
    found = []
    for number, (before, after) in enumerate(runs):
        python = f"3.{13 - number}.0"
        found += [run_of(before, environment("0.26.0", python)), run_of(after, environment("1.0.0", python))]
    results = Results(runs=tuple(found))
    sides = (read_side("0.26.0"), read_side("1.0.0"))
    comparer = Comparer({"leaked-connection": SignatureCategory.LEAK}, values)
    return comparer.compare(sides, (select_measured(results, sides[0]), select_measured(results, sides[1])))


BEFORE = dict.fromkeys(CELLS, CLEAN)
AFTER = {cell: DIFFERENT if "event_loop_fixture" in cell else CLEAN for cell in CELLS}


def test_one_cause_is_one_line_in_all_environments() -> None:
    comparison = compare((BEFORE, AFTER), (BEFORE, AFTER))
    [group] = comparison.groups
    assert group.common == (("creation_site", "event_loop_fixture"),)
    assert group.label == "different-loop"
    assert len(group.cells) == 3
    assert group.pairs == (0, 1)
    assert group.categories == ((ChangeKind.APPEARED, 6),)
    assert comparison.changed == 6
    text = render(as_document(comparison, values, every=True), "text")
    assert "3 cells with creation_site=event_loop_fixture: different-loop" in text


def test_a_cell_that_has_the_values_and_did_otherwise_breaks_the_rule() -> None:
    after = AFTER | {"default/class/event_loop_fixture/aclose": MASKED}
    [first, second] = compare((BEFORE, after)).groups
    assert {first.common, second.common} == {()}
    assert {len(first.cells), len(second.cells)} == {1, 2}


def test_cells_that_had_the_error_before_do_not_break_the_rule() -> None:
    before = BEFORE | {"default/class/event_loop_fixture/aclose": DIFFERENT}
    [group] = compare((before, AFTER)).groups
    assert group.common == (("creation_site", "event_loop_fixture"),)
    assert len(group.cells) == 2


def test_what_a_run_took_over_counts_once() -> None:
    first = run_of({CELLS[0]: CLEAN}, OLD, run="run-1")
    taken = msgspec.structs.replace(first.outcomes[0], run="run-2", reused_from="run-1")
    second = msgspec.structs.replace(run_of({}, OLD, run="run-2"), outcomes=(taken,))
    third = msgspec.structs.replace(run_of({}, OLD, run="run-3"), outcomes=(taken,))
    side = read_side("0.26.0")
    for runs in ((first, second), (second, first), (second, third)):
        assert select_measured(Results(runs=runs), side).cells(OLD) == {CELLS[0]: (CLEAN,)}


def test_cells_of_one_side_only_are_counted_and_not_judged() -> None:
    comparison = compare(({CELLS[0]: CLEAN, CELLS[1]: CLEAN}, {CELLS[0]: CLEAN, CELLS[2]: DIFFERENT}))
    [one] = comparison.pairs
    assert (one.only_before, one.only_after, comparison.changed) == (1, 1, 0)


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(UsageError, match="no cells in common"):
        compare(({CELLS[0]: CLEAN}, {CELLS[1]: CLEAN}))


EVERY_KIND = compare(
    (
        {CELLS[0]: CLEAN, CELLS[1]: DIFFERENT, CELLS[2]: REMOVED, CELLS[3]: LEAKS, CELLS[4]: CLEAN},
        {CELLS[0]: DIFFERENT, CELLS[1]: CLEAN, CELLS[2]: MASKED, CELLS[3]: REMOVED, CELLS[4]: CLEAN},
    )
)


def test_the_text_is_a_summary_that_says_what_it_leaves_out() -> None:
    after = {cell: Verdict(status=Status.REPRODUCES, findings=(only(f"error-{n}"),)) for n, cell in enumerate(CELLS)}
    comparison = compare((BEFORE, after))
    short = render(as_document(comparison, values), "text", 80)
    assert short.count("error-") == MOST_CAUSES
    assert "3 more causes (3 cells), the changes by value, and the cells: --all" in " ".join(short.split())
    assert max(map(len, short.splitlines())) <= 80
    whole = render(as_document(comparison, values, every=True), "text", 80)
    assert "The cells" in whole
    assert "--all" not in whole
    assert "The cells" in render(as_document(comparison, values), "markdown")


def test_the_whole_is_one_sentence_with_what_most_of_the_changed_cells_have() -> None:
    assert summarize(compare((BEFORE, BEFORE)), values) == "Nothing changed."
    everywhere = compare((BEFORE, AFTER), (BEFORE, AFTER))
    assert summarize(everywhere, values) == (
        "12 outcomes are the same, 6 changed, all with creation_site=event_loop_fixture."
    )
    more = AFTER | {"default/session/async_fixture/aclose": DIFFERENT}
    assert summarize(compare((BEFORE, more)), values) == (
        "5 cells are the same, 4 changed, 3 of them with creation_site=event_loop_fixture."
    )
    scattered = {cell: DIFFERENT if cell in (CELLS[0], CELLS[4], CELLS[8]) else CLEAN for cell in CELLS}
    assert summarize(compare((BEFORE, scattered)), values) == "6 cells are the same, 3 changed."


def test_environments_without_a_counterpart_are_one_line_a_side() -> None:
    pythons = [run_of(BEFORE, environment("0.26.0", f"3.{minor}.1")) for minor in (8, 9, 10, 11)]
    results = Results(runs=(*pythons, run_of(BEFORE, OLD), run_of(AFTER, NEW)))
    sides = (read_side("0.26.0"), read_side("1.0.0"))
    comparison = Comparer({}, values).compare(
        sides, (select_measured(results, sides[0]), select_measured(results, sides[1]))
    )
    for every in (False, True):
        text = render(as_document(comparison, values, every=every), "text", 120)
        alone = "4 environments, 36 cells: 0.26.0 on py3.8, 0.26.0 on py3.9, 0.26.0 on py3.10 and 1 more"
        assert f"before only  {alone}" in text
    (row,) = make_counts_table(comparison).rows
    assert row[1] == "9"


def parsed(page: str) -> ElementTree.Element:
    """Raises what the parser raises for what is no XML."""
    return ElementTree.fromstring(page)  # noqa: S314 - our own


def test_json_has_every_change() -> None:
    data = json.loads(render(as_document(EVERY_KIND, values, every=True), "json"))
    [pair] = data["pairs"]
    assert data["changed"] == len(pair["changes"]) == 4
    assert {change["category"] for change in pair["changes"]} == {
        "appeared",
        "disappeared",
        "became expressible",
        "became not expressible",
    }
    assert pair["asked"] == [{"package": "pytest-asyncio", "before": "0.26.0", "after": "1.0.0"}]


def test_junit_has_one_failure_a_changed_cell() -> None:
    root = parsed(render(as_document(EVERY_KIND, values, every=True), "junit"))
    [suite] = root
    assert (suite.get("tests"), suite.get("failures")) == ("5", "4")
    assert len(root.findall(".//failure")) == 4
    assert "1 cell that did not change" in [case.get("name") for case in suite]


def test_hostile_text_neither_controls_the_terminal_nor_becomes_markup() -> None:
    evil = msgspec.structs.replace(REMOVED, reason="\x1b[31m<script>alert(1)</script>\x00 & | `x`")
    comparison = compare(({CELLS[0]: CLEAN}, {CELLS[0]: evil}))
    assert "\x1b" not in render(as_document(comparison, values, every=True), "text")
    assert "<script>" not in render(as_document(comparison, values, every=True), "markdown")
    parsed(render(as_document(comparison, values, every=True), "junit"))
