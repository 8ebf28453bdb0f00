from __future__ import annotations

import msgspec

from harness.analysis.grid import Grid
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, LEAKS, environment, header, outcome, run_of

NEW, NEW_ON_39 = environment("1.5.0"), environment("1.5.0", "3.9.1")


def test_what_all_environments_share_is_reported_once() -> None:
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
