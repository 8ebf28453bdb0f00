"""Which results `ranges` tells of, and what it says where there are none."""

from __future__ import annotations

import pytest

from harness.cli.options import RangesOptions
from harness.commands.ranges import choose_outcomes
from harness.errors import NothingSelectedError
from harness.invocation import command_line
from harness.store.model import Results
from tests.unit.store.made_up_results import CLEAN, run_of

RESULTS = Results(runs=(run_of({"reported/pa-744": CLEAN, "suite:mine": CLEAN}),))


def test_a_suite_is_named_like_a_cell() -> None:
    (run,) = choose_outcomes(RESULTS, RangesOptions(cells=("reported/pa-744",))).runs
    assert [outcome.cell for outcome in run.outcomes] == ["reported/pa-744"]


@pytest.mark.parametrize(
    ("cell", "command"),
    [
        ("reported/pa-706/loop-scope", command_line("reported", "pa-706")),
        ("suite:other", command_line("bisect", "--all --suite DIR")),
        ("a/b/c/d", command_line("bisect", "--all --cell a/b/c/d")),
    ],
)
def test_what_was_not_run_is_reported_with_the_command_that_runs_it(cell: str, command: str) -> None:
    with pytest.raises(NothingSelectedError) as caught:
        choose_outcomes(RESULTS, RangesOptions(cells=(cell,)))
    assert command in caught.value.remedy
