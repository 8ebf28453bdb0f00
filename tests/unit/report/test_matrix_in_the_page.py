"""The page's matrix counts what can be compared: the same cells, in environments that differ in what columns name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tests.unit.report.made_outcomes import ABSENT, CLEAN, CLOSED, LEAK, make_data
from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = """
import { Model } from "./model.js";
import { Finder } from "./find/finder.js";
import { Table, readSettings } from "./matrix/table.js";

const finder = new Finder(new Model(given.data));
console.log(JSON.stringify(given.asked.map(({ find, ...settings }) => {
  const query = finder.read(find ?? "");
  const table = new Table(finder.model, query, readSettings(finder.model, new URLSearchParams(settings)));
  return {
    columns: table.columns.map(({ label }) => label),
    rows: table.listRows().map((row) => row.kind === "cell" ? finder.model.cells[row.cell] : [
      row.path, row.line.same, row.line.cells, row.line.counts.map((counts) => [...counts].join("")),
    ]),
  };
})));
"""
CELLS = (
    "default/function/async_fixture/aclose",
    "default/function/async_fixture/none",
    "default/session/module_global/none",
    "loop_factories/session/module_global/none",
    "suite:shop",
)
OUTCOMES = (
    (CLEAN, LEAK, CLOSED, ABSENT, CLEAN),  # 1.4.1 on 3.13
    (CLEAN, CLOSED, CLEAN, CLOSED, CLEAN),  # 1.5.0 on 3.13
    (CLEAN, -1, LEAK, CLEAN, -1),  # 1.5.0 on 3.12
)


def make_tables(tmp_path: Path, *asked: dict[str, str]) -> Any:
    data = make_data(CELLS, OUTCOMES)
    return run_script(tmp_path, DRIVER, {"data": data, "asked": asked})


@needs_node
def test_numbers_of_a_row_are_over_the_cells_that_ran_in_all_its_columns(tmp_path: Path) -> None:
    (table,) = make_tables(tmp_path, {"rows": "fixture_scope"})
    assert table["columns"] == ["1.4.1", "1.5.0"]
    # clean, warns, leaks, reproduces, fails. The cell that 1.4.1 can't express isn't counted on 1.5.0 either.
    assert table["rows"] == [
        ["function", True, 2, ["10100", "10010"]],
        ["session", True, 1, ["00010", "10000"]],
        ["suites of your own", True, 1, ["10000", "10000"]],
    ]


@needs_node
def test_cells_of_another_catalogue_count_for_no_value_of_this_one(tmp_path: Path) -> None:
    cells = (CELLS[2], f"{CELLS[2]}@weather=rain", f"{CELLS[2]}@fixture_scope=class", "default/session/cloud/none")
    data = make_data((*cells, "suite:shop"), ((CLEAN, CLOSED, CLOSED, CLOSED, CLEAN),) * 3)
    (table,) = run_script(tmp_path, DRIVER, {"data": data, "asked": [{"rows": "fixture_scope"}]})
    assert table["rows"] == [
        ["session", True, 1, ["10000", "10000"]],
        ["suites of your own", True, 1, ["10000", "10000"]],
        ["cells of another catalogue", True, 3, ["00030", "00030"]],
    ]


@needs_node
def test_where_only_a_cell_and_a_suite_of_the_users_ran_hinders_no_row(tmp_path: Path) -> None:
    data = make_data(CELLS, OUTCOMES)
    mine = msgspec.structs.replace(data.environments[0], id="mine", heading="1.4.1 your run", own=True)
    with_mine = msgspec.structs.replace(
        data, environments=(*data.environments, mine), outcomes=(*data.outcomes, (CLOSED, -1, -1, -1, CLOSED))
    )
    by_environment, by_release = run_script(
        tmp_path,
        DRIVER,
        {
            "data": with_mine,
            "asked": [{"rows": "fixture_scope"}, {"rows": "fixture_scope", "columns": "pytest-asyncio"}],
        },
    )
    assert by_environment["rows"][:2] == [
        ["function", True, 2, ["10100", "10010", "00000"]],
        ["session", True, 1, ["00010", "10000", "00000"]],
    ]
    assert by_release["rows"][:2] == [
        ["function", True, 2, ["10100", "10010"]],
        ["session", True, 1, ["00010", "10000"]],
    ]


@needs_node
def test_numbers_that_have_no_cells_in_common_are_each_over_their_own(tmp_path: Path) -> None:
    (table,) = make_tables(tmp_path, {"rows": "loop_policy", "find": "loop_policy=loop_factories"})
    assert table["rows"] == [["loop_factories", False, 0, ["00000", "00010"]]]


@needs_node
def test_pythons_are_compared_on_the_releases_that_both_have(tmp_path: Path) -> None:
    by_columns, by_rows = make_tables(
        tmp_path, {"rows": "fixture_scope", "columns": "python"}, {"rows": "python", "columns": "fixture_scope"}
    )
    assert by_columns["columns"] == ["3.12", "3.13"]
    # Nothing of 1.4.1, which ran on 3.13 alone.
    assert by_columns["rows"][:2] == [
        ["function", True, 1, ["10000", "10000"]],
        ["session", True, 2, ["10100", "10010"]],
    ]
    assert [(path, counts[:2]) for path, _, _, counts in by_rows["rows"]] == [
        ("3.12", ["10000", "10100"]),
        ("3.13", ["10000", "10010"]),
    ]


@needs_node
def test_two_axes_have_different_cells_in_each_place(tmp_path: Path) -> None:
    (table,) = make_tables(
        tmp_path, {"rows": "creation_site", "columns": "cleanup_style", "find": "not loop_policy=loop_factories"}
    )
    assert table["columns"][:2] == ["none", "aclose"]
    assert [[*row[:2], row[3][:2]] for row in table["rows"]] == [
        ["module_global", False, ["10010", "00000"]],
        ["async_fixture", False, ["00110", "20000"]],
        ["suites of your own", False, ["00000", "00000"]],
    ]


@needs_node
def test_groups_unfold_level_by_level_into_their_cells(tmp_path: Path) -> None:
    folded, unfolded, all_but_one, cells = make_tables(
        tmp_path,
        {"rows": "loop_policy,fixture_scope"},
        {"rows": "loop_policy,fixture_scope", "open": "default,default/function"},
        {"rows": "loop_policy,fixture_scope", "open": "*,-default"},
        {"rows": "cell", "find": "fixture_scope=session"},
    )

    def names(table: Any) -> list[str]:
        return [row if isinstance(row, str) else row[0] for row in table["rows"]]

    assert names(folded) == ["default", "loop_factories", "suites of your own"]
    assert names(unfolded)[:5] == ["default", "default/function", CELLS[0], CELLS[1], "default/session"]
    assert names(all_but_one)[:4] == ["default", "loop_factories", "loop_factories/session", CELLS[3]]
    assert names(cells) == [CELLS[2], CELLS[3]]


@needs_node
def test_environments_are_those_of_the_main_python_until_others_are_asked_for(tmp_path: Path) -> None:
    main, everything, named, without = make_tables(
        tmp_path, {}, {"environments": "all"}, {"find": "python:3.12"}, {"find": "not pytest-asyncio:1.4.1"}
    )
    assert main["columns"] == ["1.4.1", "1.5.0"]
    assert everything["columns"] == ["1.4.1 py3.13", "1.5.0 py3.13", "1.5.0 py3.12"]
    assert named["columns"] == ["1.5.0"]
    assert without["columns"] == ["1.5.0 py3.13", "1.5.0 py3.12"]
