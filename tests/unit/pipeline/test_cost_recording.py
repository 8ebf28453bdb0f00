"""Costs are read from runs' timings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.errors import UsageError
from harness.evidence.model import Timings
from harness.pipeline.cost_recording import record_costs
from harness.planning.costs import load_costs
from harness.store.model import CellRecheck, Footer
from tests.unit.store.made_up_results import RUN, environment, outcome, run_of

if TYPE_CHECKING:
    from harness.store.model import Run

QUICK = [
    f"default/{scope}/async_fixture/{way}" for scope in ("function", "class") for way in ("aclose", "close", "none")
]
SLOW = "default/function/async_fixture/aclose@workload=idle_block"


def measured(python: str, minute: int, cells: list[str], *, quick: float = 0.4) -> Run:
    """A run in which slow cells take ten times as long; its environment ended at that minute."""
    where = environment(python=f"{python}.0")
    outcomes = tuple(
        msgspec.structs.replace(
            outcome(cell, where=where, evidence="a" * 64),
            timings=Timings(started="", wall=10 * quick if cell == SLOW else quick, cpu=quick),
        )
        for cell in cells
    )
    footer = Footer(outcomes=len(cells), finished=f"2026-11-22T12:{minute:02}:00+00:00", wall=1.0)
    return msgspec.structs.replace(run_of({}, where), outcomes=outcomes, footer=footer)


def test_what_takes_much_longer_is_recorded_by_its_value_and_its_python() -> None:
    runs = [
        measured("3.11", 0, [*QUICK, SLOW]),
        measured("3.12", 1, QUICK),
        measured("3.13", 2, [*QUICK, SLOW]),
        measured("3.9", 4, [*QUICK, SLOW], quick=1.2),
    ]
    costs = record_costs(runs)
    assert set(costs.values) == {"workload=idle_block"}
    assert costs.values["workload=idle_block"] == pytest.approx(10 * costs.cell, rel=0.01)
    assert costs.pythons == {"3.9": 3.0}


def test_a_new_process_costs_what_rechecks_took_more() -> None:
    runs = [measured("3.12", minute, QUICK[: 6 - minute]) for minute in range(3)]
    again = CellRecheck(cell=QUICK[0], environment=runs[0].header.environment_id, run=RUN, evidence="a" * 64, cpu=1.4)
    runs[0] = msgspec.structs.replace(runs[0], rechecks=(again,))
    assert record_costs(runs).process == pytest.approx((1.4 - 0.4) / 2)


def test_runs_without_timings_show_no_costs() -> None:
    with pytest.raises(UsageError, match="don't show what a run costs"):
        record_costs([run_of({"a": outcome("a").verdict})])


def test_the_costs_that_come_with_the_program_are_those_of_something() -> None:
    costs = load_costs()
    assert 0 < costs.cell < costs.environment
    assert all(seconds > costs.cell for seconds in costs.values.values())
