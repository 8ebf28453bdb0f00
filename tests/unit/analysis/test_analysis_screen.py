"""The screen with which a run ends."""

from __future__ import annotations

import msgspec
import pytest

from harness.analysis.cell_sets import CAN_RUN, FURTHER, NOT_THE_SAME
from harness.analysis.grid import Grid
from harness.analysis.highlights import FEW, ONLY_WINDOWS
from harness.analysis.screen import choose_columns, make_first_screen, make_short_errors_table
from harness.catalogue.highlights import Highlight, load_highlights
from harness.catalogue.loading import load_catalogue
from harness.catalogue.selection import parse
from harness.output.table import Table, as_text
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import SignatureCategory, load_categories
from tests.unit.store.made_up_results import (
    CLEAN,
    DIFFERENT,
    LEAKS,
    MASKED,
    REMOVED,
    UNNAMED,
    environment,
    only,
    outcome,
    run_of,
)

CATEGORIES = {"leaked-connection": SignatureCategory.LEAK}
OLD, MIDDLE, NEW = environment("0.21.2"), environment("0.26.0"), environment("1.5.0")
CELL, OTHER = "default/function/module_global/none", "default/function/async_fixture/aclose"
LATER = "policy_fixture/function/async_fixture/aclose"
FILLING = {f"default/function/inside_test/none@n={number}": CLEAN for number in range(FEW)}
HABITS = [Highlight(title="a module-level client", cell=CELL), Highlight(title="not run", cell="no/such/cell/none")]


def screen_of(results: Results, width: int = 100) -> dict[str, Table]:
    tables = make_first_screen(results, Grid(results, CATEGORIES), habits=HABITS, width=width)
    return {table.name: table for table in tables}


def test_a_run_of_everything_is_about_one_screen() -> None:
    known = [name for name, category in load_categories().items() if category is SignatureCategory.ERROR]
    habits = load_highlights()
    cells = dict.fromkeys([one.cell for one in habits], CLEAN)
    others = (cell.id for cell in load_catalogue().cells(parse("loop_policy=debug", axes=load_catalogue().value_names)))
    cells |= {
        cell: Verdict(status=Status.REPRODUCES, findings=(only(name),))
        for cell, name in zip(others, known, strict=False)
    }
    assert len(cells) == len(habits) + len(known)
    results = Results(runs=tuple(run_of(cells, where) for where in (OLD, MIDDLE, NEW)))
    for width in (80, 100):
        tables = make_first_screen(results, Grid(results, load_categories()), habits=habits, elapsed=12, width=width)
        lines = "\n".join(as_text(table, width) for table in tables).splitlines()
        assert len(lines) <= 63
        assert max(map(len, lines)) <= width


def test_it_begins_with_what_ran_in_three_lines() -> None:
    table = screen_of(Results(runs=(run_of({CELL: MASKED, OTHER: CLEAN}, OLD), run_of({CELL: LEAKS}, NEW))))["ran"]
    assert table.rows == (
        ("cells", "1 to 2 cells in each of 2 environments (profile quick)"),
        ("versions", "pytest-asyncio 0.21.2, 1.5.0; Python 3.13; valkey 6.2.0; valkey server 9.1.2"),
        ("outcomes", "1 with a known error, 1 with a leak, 1 clean"),
    )


def test_a_habit_is_one_line_with_a_word_for_each_release_and_the_newest_finding() -> None:
    runs = (
        run_of({CELL: REMOVED, **FILLING}, OLD),
        run_of({CELL: MASKED, **FILLING}, MIDDLE),
        run_of({CELL: CLEAN, **FILLING}, NEW),
    )
    table = screen_of(Results(runs=runs))["habits"]
    assert table.headers[:4] == ("", "0.21.2", "0.26.0", "1.5.0")
    assert table.rows == (("a module-level client", "n/a", "fails", "clean", "loop-closed←different-loop"),)
    assert "went wrong first" in table.note
    assert len(screen_of(Results(runs=runs), 60)["habits"].rows[0]) == 4


@pytest.mark.parametrize("platform", ["linux-x86_64", "darwin-arm64", "win32-amd64"])
def test_a_habit_that_does_nothing_but_on_windows_is_shown_only_where_windows_was_run(platform: str) -> None:
    where = msgspec.structs.replace(NEW, platform=platform)
    results = Results(runs=(run_of({one.cell: CLEAN for one in load_highlights()} | FILLING, where),))
    tables = make_first_screen(results, Grid(results, CATEGORIES), habits=load_highlights(), width=100)
    titles = {row[0] for table in tables if table.name == "habits" for row in table.rows}
    missing = {one.title for one in load_highlights()} - titles
    assert missing == (set() if platform.startswith("win32") else {"a module-level client, Windows selector"})


def test_the_catalogue_says_of_each_value_for_windows_that_it_does_nothing_elsewhere() -> None:
    found = {one.name for one in load_catalogue().list_values() if ONLY_WINDOWS in one.value.meaning}
    assert found == {one.name for one in load_catalogue().list_values() if one.name.startswith("windows_")}
    assert found


def test_a_few_cells_are_listed_also_without_a_habit_among_them() -> None:
    table = screen_of(Results(runs=(run_of({OTHER: LEAKS}),)))["habits"]
    assert table.rows == ((OTHER, "leaks", "connection"),)


def test_a_long_cell_takes_two_lines_and_no_release_away() -> None:
    cell = f"{OTHER}@loop_scope=session,interleaving=set_event_loop_none"
    runs = tuple(run_of({cell: CLEAN}, where) for where in (OLD, MIDDLE, NEW))
    table = screen_of(Results(runs=runs), width=80)["habits"]
    assert table.headers == ("", "0.21.2", "0.26.0", "1.5.0")
    assert table.rows[0][0] == f"{OTHER}\n  @loop_scope=session,interleaving=set_event_loop_none"


def test_where_all_is_clean_there_is_no_column_of_errors() -> None:
    table = screen_of(Results(runs=(run_of({OTHER: CLEAN}),)))["habits"]
    assert table.rows == ((OTHER, "clean"),)


def test_errors_are_counted_over_the_cells_that_can_run_everywhere_and_then_over_the_others() -> None:
    runs = (run_of({CELL: DIFFERENT, LATER: REMOVED}, OLD), run_of({CELL: DIFFERENT, LATER: MASKED}, NEW))
    table = screen_of(Results(runs=runs))["errors"]
    assert table.headers == ("", "0.21.2", "1.5.0")
    assert table.lead == f"Counted: the 1 of 2 cells that {CAN_RUN}."
    assert table.rows == (
        ("different-loop", "1", "1"),
        (FURTHER,),
        ("could run", "·", "1"),
        ("different-loop", "·", "1"),
        ("loop-closed", "·", "1"),
    )
    assert table.details[0].startswith("cause: A task awaits a future")
    assert "\nadvice: Open the connection" in table.details[0]
    assert table.details[3] == ""


def test_a_run_of_cells_that_can_all_run_everywhere_says_so() -> None:
    table = screen_of(Results(runs=(run_of({CELL: DIFFERENT, OTHER: CLEAN}),)))["errors"]
    assert table.lead == f"Counted: the 2 cells that {CAN_RUN}."


def test_a_run_of_cells_that_need_a_version_counts_them_alone() -> None:
    table = screen_of(Results(runs=(run_of({LATER: DIFFERENT}, OLD), run_of({LATER: DIFFERENT}, NEW))))["errors"]
    assert table.headers == ("", "0.21.2", "1.5.0")
    assert table.rows == ((FURTHER,), ("could run", "1", "1"), ("different-loop", "1", "1"))
    assert table.lead == ""


def test_where_other_cells_ran_each_column_says_how_many_it_counts() -> None:
    runs = (run_of({CELL: DIFFERENT}, OLD), run_of({OTHER: DIFFERENT, CELL: DIFFERENT}, NEW))
    table = screen_of(Results(runs=runs))["errors"]
    assert table.headers == ("", "0.21.2\nof 1", "1.5.0\nof 2")
    assert table.lead == NOT_THE_SAME


def test_the_rarer_errors_are_named_below() -> None:
    results = Results(runs=(run_of({CELL: MASKED, OTHER: DIFFERENT}),))
    table = make_short_errors_table(Grid(results, CATEGORIES), 100, most=1)
    assert table is not None
    assert table.rows == (("different-loop", "2"),)
    assert table.note == "Also met: loop-closed (--tables errors)."


def test_what_went_wrong_comes_first() -> None:
    gone = Verdict(status=Status.INFRASTRUCTURE, reason="the server has gone")
    interrupted = msgspec.structs.replace(run_of({OTHER: gone}, OLD), footer=None, file="x.jsonl")
    tables = screen_of(Results(runs=(interrupted, run_of({OTHER: CLEAN}, NEW))))
    assert next(iter(tables)) == "problems"
    assert tables["problems"].rows == (
        ("infrastructure", "1: the server has gone"),
        ("interrupted", "x.jsonl: 1 outcome"),
    )
    assert "problems" not in screen_of(Results(runs=(run_of({OTHER: CLEAN}),)))


def test_what_needs_a_look_is_there_only_if_there_is_any() -> None:
    runs = (run_of({OTHER: CLEAN}, run="run-1"), run_of({OTHER: UNNAMED}, run="run-2"))
    assert screen_of(Results(runs=runs))["attention"].rows == (
        ("not stable", f"1 cell: {OTHER} (--tables unstable)"),
        ("no name", f"1 error: KeyError: 'no such thing' in {OTHER} (--tables unnamed)"),
    )
    assert "attention" not in screen_of(Results(runs=(run_of({OTHER: CLEAN}),)))


def test_without_an_environment_it_says_why() -> None:
    impossible = Verdict(status=Status.UNRESOLVABLE, reason="needs an older Python")
    run = run_of({})
    header = msgspec.structs.replace(run.header, environment=None, environment_id="nowhere")
    results = Results(runs=(msgspec.structs.replace(run, header=header, outcomes=(outcome(CELL, impossible),)),))
    tables = screen_of(results)
    assert list(tables) == ["problems", "ran"]
    assert tables["problems"].rows == (("not resolvable", "nowhere:\nneeds an older Python"),)


@pytest.mark.parametrize(("room", "places"), [(100, list(range(8))), (48, [0, 1, 2, 3, 4, 5]), (24, [0, 4, 5])])
def test_columns_that_do_not_fit_are_left_out_other_pythons_first(room: int, places: list[int]) -> None:
    releases = ("0.21.2", "0.23.8", "0.26.0", "1.0.0", "1.2.0", "1.5.0")
    wheres = [*map(environment, releases), environment("0.26.0", "3.8.1"), environment("1.5.0", "3.8.1")]
    grid = Grid(Results(runs=tuple(run_of({CELL: CLEAN}, where) for where in wheres)), CATEGORIES)
    assert choose_columns(grid, room, [""] * 8) == places


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        ("AABBCD", [0, 2, 4, 5]),  # what shows the same as the release before it goes
        ("ABCDDD", [0, 1, 2, 5]),
        ("ABBCCC", [0, 1, 3, 5]),
        ("ABCBCC", [0, 1, 3, 5]),  # what equals only the last one
        ("AAAAAB", [0, 1, 4, 5]),
    ],
)
def test_of_columns_that_do_not_fit_those_stay_in_which_something_changes(texts: str, places: list[int]) -> None:
    releases = ("0.21.2", "0.23.8", "0.26.0", "1.0.0", "1.2.0", "1.5.0")
    grid = Grid(Results(runs=tuple(run_of({CELL: CLEAN}, environment(one)) for one in releases)), CATEGORIES)
    assert choose_columns(grid, 32, texts) == places


def test_at_80_columns_each_change_of_a_habit_is_in_the_table() -> None:
    releases = [f"0.{number}.0" for number in range(10, 28)]
    runs = [run_of({CELL: DIFFERENT if one == "0.24.0" else CLEAN, OTHER: CLEAN}, environment(one)) for one in releases]
    headers = screen_of(Results(runs=tuple(runs)), 80)["habits"].headers
    assert {"0.10.0", "0.24.0", "0.25.0", "0.27.0"} <= {one.split("\n")[0] for one in headers}
