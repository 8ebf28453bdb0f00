from __future__ import annotations

import msgspec

from harness.analysis.grid import Grid, version_order
from harness.analysis.places import places
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, LEAKS, environment, header, outcome, run_of

OLD, NEW, NEW_ON_39 = environment("0.9.0"), environment("1.5.0"), environment("1.5.0", "3.9.1")


def test_columns_are_in_order_of_versions_not_of_letters() -> None:
    late, early = environment("0.21.2", "3.10.1"), environment("0.21.2", "3.9.1")
    runs = tuple(run_of({"a": CLEAN}, where) for where in (NEW, late, OLD, early))
    grid = Grid(Results(runs=runs), {})
    assert [column.short for column in grid.columns] == [
        "0.9.0 py3.13",
        "0.21.2 py3.9",
        "0.21.2 py3.10",
        "1.5.0 py3.13",
    ]


def test_versions_sort_with_pre_releases_first_and_nothing_fails() -> None:
    versions = ["1.0.0", "0.23.8", "1.0.0a1", "0.9", "1.0.0rc1", "1.10", "1.9", "what?", "", "9" * 5000]
    ordered = sorted(versions, key=version_order)
    assert [one for one in ordered if one in versions[:7]] == [
        "0.9",
        "0.23.8",
        "1.0.0a1",
        "1.0.0rc1",
        "1.0.0",
        "1.9",
        "1.10",
    ]


def test_a_heading_says_more_only_where_it_must() -> None:
    older, newer = environment(pytest="8.3.0"), environment(pytest="8.4.2")
    grid = Grid(Results(runs=tuple(run_of({"a": CLEAN}, where) for where in (OLD, newer, older))), {})
    assert [column.short for column in grid.columns] == [
        "0.9.0 py3.13",
        "1.5.0 py3.13 pytest 8.3.0",
        "1.5.0 py3.13 pytest 8.4.2",
    ]


def test_what_all_environments_share_is_said_once() -> None:
    grid = Grid(Results(runs=tuple(run_of({"a": CLEAN}, where) for where in (NEW, NEW_ON_39))), {})
    assert grid.common() == "linux-x86_64, pytest-asyncio 1.5.0, pytest 8.4.2, valkey 6.2.0"


def test_samples_of_one_cell_stand_together_whichever_run_they_are_of() -> None:
    grid = Grid(Results(runs=(run_of({"a": CLEAN}, run="one"), run_of({"a": LEAKS, "b": CLEAN}, run="two"))), {})
    assert len(grid.columns) == 1
    assert grid.row("a") == [(CLEAN, LEAKS)]
    assert grid.labels("a") == ["clean 1/2 · leaks connection 1/2"]


def test_an_environment_that_could_not_be_resolved_has_no_column() -> None:
    verdict = Verdict(status=Status.UNRESOLVABLE, reason="no")
    unresolvable = msgspec.structs.replace(
        run_of({}), header=msgspec.structs.replace(header(), environment=None), outcomes=(outcome("a", verdict),)
    )
    grid = Grid(Results(runs=(unresolvable,)), {})
    assert grid.columns == ()
    assert grid.cells == ()


def test_places_join_neighbours_and_leave_out_what_goes_without_saying() -> None:
    wheres = [environment(plugin) for plugin in ("0.21.2", "0.23.8", "0.26.0", "1.0.0")]
    wheres += [environment("1.5.0", f"3.{minor}.1") for minor in (8, 9, 10, 13)]
    columns = Grid(Results(runs=tuple(run_of({"a": CLEAN}, where) for where in wheres)), {}).columns
    assert places(columns, [True] * 8) == "0.21.2–1.5.0"
    assert places(columns, [True, True, True, False, True, True, True, True]) == "0.21.2–0.26.0 · 1.5.0"
    assert (
        places(columns, [False, False, False, True, True, True, False, True]) == "1.0.0 · 1.5.0 (py3.8–py3.9, py3.13)"
    )
    assert places(columns, [False] * 8) == ""
