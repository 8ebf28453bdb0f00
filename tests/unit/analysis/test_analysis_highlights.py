from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.grid import Grid
from harness.analysis.highlights import make_habits_table
from harness.analysis.patterns import add_pattern, format_pattern, make_legend
from harness.catalogue.highlights import Highlight
from harness.output.table import as_text
from harness.store.model import Results
from tests.unit.store.made_up_results import (
    CLEAN,
    DIFFERENT,
    LEAKS,
    MASKED,
    REMOVED,
    UNNAMED,
    environment,
    outcome,
    run_of,
)

if TYPE_CHECKING:
    from harness.verdicts.model import Verdict

OLD, MIDDLE, NEW = environment("0.21.2"), environment("0.26.0"), environment("1.5.0")
CELL = "default/function/module_global/none"
GLOBAL = Highlight(title="a module-level client", cell=CELL)
ELSEWHERE = Highlight(title="no cleanup at all", cell="default/function/async_fixture/none")


def grid_of(*verdicts: Verdict) -> Grid:
    runs = zip(verdicts, (OLD, MIDDLE, NEW), strict=True)
    return Grid(Results(runs=tuple(run_of({CELL: verdict}, where) for verdict, where in runs)), {})


def test_a_habit_is_reported_with_its_verdicts_the_course_of_its_tests_and_where() -> None:
    table = make_habits_table(grid_of(CLEAN, MASKED, MASKED), [ELSEWHERE, GLOBAL])
    assert table is not None
    assert table.rows == (
        (f"a module-level client: {CELL}",),
        ("clean", ".....", "0.21.2"),
        ("loop-closed←different-loop", ".F.F.", "0.26.0–1.5.0"),
    )
    assert "“.” passed, “F” failed in its body. “a←b”: the test reports a" in table.note


def test_equal_verdicts_of_different_courses_are_different_rows() -> None:
    other = msgspec.structs.replace(MASKED, pattern="F.F.F")
    table = make_habits_table(grid_of(MASKED, REMOVED, other), [GLOBAL])
    assert table is not None
    assert table.rows[1:] == (
        ("loop-closed←different-loop", ".F.F.", "0.21.2"),
        ("n/a", "", "0.26.0"),
        ("loop-closed←different-loop", "F.F.F", "1.5.0"),
    )


def test_repeated_samples_show_each_course_that_was_met() -> None:
    runs = [run_of({CELL: verdict}, run=f"run-{number}") for number, verdict in enumerate((CLEAN, MASKED, CLEAN))]
    table = make_habits_table(Grid(Results(runs=tuple(runs)), {}), [GLOBAL])
    assert table is not None
    assert table.rows[1:] == (("clean 2/3 · loop-closed←different-loop 1/3", "..... · .F.F.", "1.5.0"),)


def test_without_a_cell_of_a_habit_there_is_no_table() -> None:
    assert make_habits_table(grid_of(CLEAN, CLEAN, CLEAN), [ELSEWHERE]) is None
    assert make_habits_table(grid_of(CLEAN, CLEAN, CLEAN), []) is None


def test_a_habit_that_was_not_selected_everywhere_has_no_row_where_it_was_not() -> None:
    without = msgspec.structs.replace(run_of({}, OLD), outcomes=(outcome("other", where=OLD),))
    table = make_habits_table(Grid(Results(runs=(without, run_of({CELL: DIFFERENT}, NEW))), {}), [GLOBAL])
    assert table is not None
    assert table.rows[1:] == (("different-loop", ".FFFF", "1.5.0"),)


def test_a_long_heading_goes_on_below_with_the_id_unbroken() -> None:
    table = make_habits_table(grid_of(CLEAN, CLEAN, CLEAN), [GLOBAL])
    assert table is not None
    assert f"\na module-level client:\n{CELL}\n" in as_text(table, 50)


def test_only_an_error_is_shown_with_its_course() -> None:
    assert add_pattern("loop-closed", MASKED) == "loop-closed .F.F."
    assert add_pattern("fails KeyError", UNNAMED) == "fails KeyError F...."
    assert add_pattern("leaks connection", LEAKS) == "leaks connection"
    assert add_pattern("different-loop", msgspec.structs.replace(DIFFERENT, pattern="")) == "different-loop"


def test_a_course_of_hundreds_of_tests_is_counted_and_none_controls_the_terminal() -> None:
    many = "." * 3080 + "F" * 12 + "E" + "s" * 19
    assert format_pattern(msgspec.structs.replace(CLEAN, pattern=many)) == (
        "3,080 passed, 12 failed, 1 in error, 19 skipped"
    )
    assert format_pattern(msgspec.structs.replace(CLEAN, pattern="." * 30)) == "." * 30
    assert format_pattern(msgspec.structs.replace(CLEAN, pattern=".\x1b[2J.")) == ".."


def test_the_legend_explains_the_letters_that_were_met() -> None:
    assert make_legend([".F", "E."]) == (
        "One letter a test, in their order: “.” passed, “F” failed in its body, “E” error in its setup or cleanup."
    )
    assert make_legend(["", "F" * 31]) == ""
