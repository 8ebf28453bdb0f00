"""`matrix --only`: which cells of a plan run again, by what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.compare.categories import Judge
from harness.compare.rerunning import Only, narrow_to, read_records
from harness.environments.model import EnvironmentRequest
from harness.errors import NothingSelectedError
from harness.planning.plan import Plan
from harness.store.model import CellRecheck, Results
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_categories
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, UNNAMED, environment, outcome, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.compare.rerunning import Records
    from harness.store.model import Run

LOST = Verdict(status=Status.INFRASTRUCTURE, reason="the server has gone")
JUDGE = Judge(load_categories())
HERE = environment()


def records(*runs: Run, baseline: Mapping[str, Verdict] | None = None, known: str = "") -> Records:
    before = (run_of(baseline, run="baseline"),) if baseline else ()
    return read_records(
        Results(runs=runs), Results(runs=before), JUDGE, lambda cell: "it is known" if cell == known else ""
    )


def kinds(found: Records, cell: str = "a") -> set[str]:
    return {str(one) for one in found.list_kinds(HERE.id, cell)}


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (CLEAN, set()),
        (LEAKS, set()),
        (MASKED, {"failed"}),
        (UNNAMED, {"failed"}),
        (LOST, {"failed"}),
    ],
)
def test_failed_is_what_met_an_error_or_could_not_be_measured(verdict: Verdict, expected: set[str]) -> None:
    assert kinds(records(run_of({"a": verdict}))) == expected


def test_new_is_what_no_run_has() -> None:
    assert kinds(records(run_of({"b": CLEAN}))) == {"new"}
    assert kinds(records(run_of({"a": CLEAN}, environment("0.21.2")))) == {"new"}


def test_changed_is_another_outcome_than_in_the_run_before() -> None:
    runs = run_of({"a": CLEAN}, run="run-1"), run_of({"a": LEAKS}, run="run-2")
    assert kinds(records(*runs)) == {"changed"}
    assert kinds(records(*reversed(runs))) == {"changed"}
    assert kinds(records(*runs, run_of({"a": LEAKS}, run="run-3"))) == set()


def test_changed_of_the_first_run_is_another_outcome_than_in_the_baseline() -> None:
    assert kinds(records(run_of({"a": CLEAN}), baseline={"a": LEAKS})) == {"changed"}
    assert kinds(records(run_of({"a": CLEAN}), baseline={"a": CLEAN})) == set()
    runs = run_of({"a": CLEAN}, run="run-1"), run_of({"a": CLEAN}, run="run-2")
    assert kinds(records(*runs, baseline={"a": LEAKS})) == set()


def test_a_run_that_took_an_outcome_over_did_not_measure_it_once_more() -> None:
    first, second = run_of({"a": CLEAN}, run="run-1"), run_of({"a": LEAKS}, run="run-2")
    over = outcome("a", LEAKS, run="run-3")
    third = msgspec.structs.replace(
        run_of({}, run="run-3"), outcomes=(msgspec.structs.replace(over, reused_from="run-2"),)
    )
    assert kinds(records(first, second, third)) == {"changed"}


def test_unstable_is_what_disagrees_what_a_recheck_saw_vary_and_what_is_known() -> None:
    run = run_of({"a": CLEAN, "b": CLEAN})
    repeated = msgspec.structs.replace(run, outcomes=(*run.outcomes, outcome("a", LEAKS, sample=1)))
    assert kinds(records(repeated)) == {"unstable"}
    rechecked = msgspec.structs.replace(
        run, rechecks=(CellRecheck(cell="a", environment=HERE.id, run=run.header.run, varies=True),)
    )
    assert kinds(records(rechecked)) == {"unstable"}
    assert kinds(records(run, known="a")) == {"unstable"}
    assert kinds(records(run, known="a"), "b") == set()


def test_a_plan_is_narrowed_to_the_cells_of_these_kinds_in_each_environment() -> None:
    catalogue = load_catalogue()
    cells = tuple(
        catalogue.parse(f"default/function/async_fixture/{way}") for way in ("aclose", "close", "none", "body_end")
    )
    requests = tuple(EnvironmentRequest(python="3.13", plugin=plugin) for plugin in ("0.21.2", "1.0.0", "1.5.0"))
    plan = Plan(cells=cells, requests=requests, repeat=1, profile="quick")
    found = records(
        run_of({cells[0].id: DIFFERENT, cells[1].id: CLEAN, cells[2].id: CLEAN, cells[3].id: CLEAN}),
        run_of({cells[0].id: CLEAN, cells[1].id: DIFFERENT, cells[2].id: CLEAN}, environment("1.0.0")),
        run_of({cell.id: CLEAN for cell in cells}, environment("0.21.2")),
    )

    def chosen(*only: Only) -> dict[str, list[str]]:
        narrowed = narrow_to(plan, only, found, lambda request: environment(request.plugin).id)
        assert set(narrowed.cells) == {cell for request in narrowed.requests for cell in narrowed.cells_in(request)}
        return {
            request.plugin: [cell.id.rpartition("/")[2] for cell in narrowed.cells_in(request)]
            for request in narrowed.requests
        }

    assert chosen(Only.FAILED) == {"1.0.0": ["close"], "1.5.0": ["aclose"]}
    assert chosen(Only.FAILED, Only.NEW) == {"1.0.0": ["close", "body_end"], "1.5.0": ["aclose"]}
    with pytest.raises(NothingSelectedError, match="is unstable"):
        chosen(Only.UNSTABLE)
