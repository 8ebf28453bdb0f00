"""Which results `ranges` tells of, and what it says where there are none."""

from __future__ import annotations

import pytest

from harness.compare.naming import select_named
from harness.errors import NothingSelectedError, UnknownNameError
from harness.invocation import command_line
from harness.store.model import Results
from tests.unit.store.made_up_results import CLEAN, run_of

CELL = "default/session/module_global/none"
RESULTS = Results(runs=(run_of({"reported/pa-744": CLEAN, "suite:mine": CLEAN}),))


def test_a_suite_is_named_like_a_cell() -> None:
    (run,) = select_named(RESULTS, ("reported/pa-744",), "results").runs
    assert [outcome.cell for outcome in run.outcomes] == ["reported/pa-744"]


@pytest.mark.parametrize(
    ("cell", "command"),
    [
        ("reported/pa-706/loop-scope", command_line("reported", "pa-706")),
        ("suite:other", command_line("bisect", "--all --suite DIR")),
        (CELL, command_line("bisect", f"--all --cell {CELL}")),
    ],
)
def test_what_was_not_run_is_reported_with_the_command_that_runs_it(cell: str, command: str) -> None:
    with pytest.raises(NothingSelectedError) as caught:
        select_named(RESULTS, (cell,), "results")
    assert command in caught.value.remedy


def test_a_misspelt_cell_is_answered_with_the_nearest_value() -> None:
    with pytest.raises(UnknownNameError, match="'session'"):
        select_named(RESULTS, (CELL.replace("session", "sesion"),), "results")
