"""A baseline and a run that are compared without running anything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from harness.catalogue.loading import find_values
from harness.compare.comparing import Comparer, select_measured
from harness.compare.sides import ResultsPlace
from harness.environments.model import Environment, EnvironmentRequest
from harness.planning.plan import Plan
from harness.regress.baseline import Baseline, collect_headers, collect_suites
from harness.regress.expected import Expectations, ExpectedDifference
from harness.regress.judging import Judged, judge
from harness.regress.planning import Regress, RerunEnvironment
from harness.regress.versions import RequestedVersions
from harness.store.model import Results
from harness.verdicts.signatures import load_categories
from tests.unit.store.made_up_results import environment, run_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.environments.model import Unresolvable
    from harness.store.model import Run

TODAY = date(2026, 11, 22)
OLD, NEW = environment("0.26.0"), environment("1.0.0")
REQUEST = EnvironmentRequest(python="3.13", plugin="1.0.0", client_version="6.2.0")
CELL = "default/function/module_global/none"
OTHER = "default/session/async_fixture/aclose"
LOOP = "default/function/event_loop_fixture/aclose"
PLUGIN = RequestedVersions(pytest_asyncio_versions=("1.0.0",))


def baseline_of(*runs: Run) -> Baseline:
    results = Results(runs=runs)
    path = Path("results/baseline")
    return Baseline(
        path=path,
        measured=select_measured(results, ResultsPlace(path)),
        headers=collect_headers(results),
        unresolvable=0,
        suites=collect_suites(results),
    )


def regress_of(again: Sequence[RerunEnvironment], gone: tuple[str, ...] = ()) -> Regress:
    plan = Plan(cells=(), requests=tuple(one.request for one in again), repeat=1, profile="regress")
    return Regress(plan=plan, again=tuple(again), gone=gone, notes=())


def judged(
    before: Run,
    after: Run,
    *entries: ExpectedDifference,
    made: Environment | Unresolvable = NEW,
    why_unstable: dict[str, str] | None = None,
    gone: tuple[str, ...] = (),
) -> Judged:
    """What comes of holding one environment of 1.0.0 against one of 0.26.0."""
    categories = load_categories()
    reasons = why_unstable or {}
    assert before.header.environment is not None
    return judge(
        baseline_of(before),
        regress_of([RerunEnvironment(before=before.header.environment, request=REQUEST, after=made)], gone),
        Results(runs=(after,)),
        PLUGIN,
        Expectations(entries, values=find_values, today=TODAY),
        comparer=Comparer(categories, find_values),
        categories=categories,
        why_unstable=lambda cell: reasons.get(cell, ""),
        expected=Path("expected.toml") if entries else None,
    )


__all__ = ["CELL", "LOOP", "NEW", "OLD", "OTHER", "PLUGIN", "REQUEST", "TODAY", "judged", "run_of"]
