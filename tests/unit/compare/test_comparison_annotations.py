"""Which tests of a suite are annotated, and how gravely."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.compare.annotations import annotate_comparison
from harness.compare.comparing import Comparer, select_measured
from harness.compare.formats import as_document
from harness.compare.sides import read_side
from harness.output.formats import render
from harness.requirements.model import Needed
from harness.store.model import Results
from harness.suites.suite import Suite
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from harness.verdicts.signatures import load_categories
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, MASKED, UNNAMED, environment, run_of

if TYPE_CHECKING:
    from harness.output.annotations import Annotation

FOLDER = Path("/nowhere/shop")
SUITE = Suite(
    id="suite:shop",
    content={"test_a.py": b"def test_one(): ...\n\n\ndef test_two(): ...\n"},
    needed=Needed(),
    folder=FOLDER,
)
LEAK = Finding(
    signature="leaked-connection", channel=Channel.CLEANUP, role=Role.ONLY, tests=("test_a.py::test_two",), sample="…"
)
LEAKS_IN_TWO = Verdict(status=Status.LEAKS, findings=(LEAK,), pattern="..")
LEAKS = Verdict(status=Status.LEAKS, findings=(msgspec.structs.replace(LEAK, tests=()),), pattern="..")


def annotate(*pairs: tuple[Verdict, Verdict], cell: str = SUITE.id) -> tuple[Annotation, ...]:
    """What is annotated, each pair of verdicts on another Python."""
    runs = []
    for number, (before, after) in enumerate(pairs):
        python = f"3.{13 - number}.0"
        runs += [run_of({cell: before}, environment("0.26.0", python))]
        runs += [run_of({cell: after}, environment("1.0.0", python))]
    results = Results(runs=tuple(runs))
    sides = (read_side("0.26.0"), read_side("1.0.0"))
    measures = (select_measured(results, sides[0]), select_measured(results, sides[1]))
    categories = load_categories()
    comparison = Comparer(categories, lambda _: {}).compare(sides, measures)
    return annotate_comparison(comparison, measures, [SUITE], categories)


def describe(found: tuple[Annotation, ...]) -> list[tuple[str, int, str]]:
    return [(one.level.value, one.line, one.message) for one in found]


def test_a_test_that_newly_fails_is_an_error_at_its_function() -> None:
    (one,) = found = annotate((CLEAN, MASKED))
    assert describe(found) == [("error", 4, "Now: loop-closed←different-loop. Before: nothing of it.")]
    assert (one.title, one.file) == ("test_a.py::test_two", FOLDER / "test_a.py")


def test_an_error_without_a_name_is_written_as_it_is() -> None:
    assert describe(annotate((CLEAN, UNNAMED))) == [
        ("error", 1, "Now: KeyError: 'no such thing'. Before: nothing of it.")
    ]


def test_what_a_test_leaves_is_a_warning_and_what_is_gone_a_notice() -> None:
    found = describe(annotate((DIFFERENT, LEAKS_IN_TWO)))
    assert [(level, line) for level, line, _ in found] == [("notice", 1), ("warning", 4)]


def test_a_suite_that_changes_in_no_test_is_annotated_without_a_file() -> None:
    (one,) = annotate((CLEAN, LEAKS))
    assert (one.file, one.title, one.message) == (None, "shop", "Now: leaks connection. Before: clean.")


def test_the_same_in_several_environments_is_annotated_once() -> None:
    found = annotate((CLEAN, MASKED), (CLEAN, MASKED), (CLEAN, DIFFERENT))
    assert {one.line: one.message.partition(" On ")[2].count("cpython") for one in found} == {1: 1, 4: 2}
    assert len(found) == 2


def test_cells_of_the_catalogue_and_what_did_not_change_are_not_annotated() -> None:
    assert not annotate((MASKED, MASKED))
    assert not annotate((CLEAN, MASKED), cell="default/function/module_global/none")


def test_a_comparison_of_stored_results_is_one_notice() -> None:
    results = Results(runs=(run_of({"a": CLEAN}, environment("0.26.0")), run_of({"a": MASKED}, environment("1.0.0"))))
    sides = (read_side("0.26.0"), read_side("1.0.0"))
    measures = (select_measured(results, sides[0]), select_measured(results, sides[1]))
    comparison = Comparer(load_categories(), lambda _: {}).compare(sides, measures)
    assert render(as_document(comparison, lambda _: {}), "github") == (
        "::notice title=pytest-asyncio 0.26.0 → pytest-asyncio 1.0.0::0 cells are the same, 1 changed."
    )
