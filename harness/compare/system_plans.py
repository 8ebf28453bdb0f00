"""What `matrix` runs on each system of its executor: all that is selected, or what `--only` says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.catalogue.unstable import find_why_unstable
from harness.compare.categories import Judge
from harness.compare.rerunning import Only, narrow_to, read_records
from harness.environments.releases import load_releases
from harness.errors import NothingSelectedError
from harness.paths import find_baseline
from harness.planning.plan import plan_run
from harness.store.model import Results
from harness.store.reading import read_results
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.options import MatrixOptions
    from harness.environments.model import EnvironmentRequest
    from harness.pipeline.executor import Executor, System
    from harness.planning.plan import Plan
    from harness.suites.suite import Suite


def make_plans(
    options: MatrixOptions, cells: tuple[Cell | Suite, ...], catalogue: Catalogue, executor: Executor
) -> dict[System, Plan]:
    """What each system runs. Raises `NothingSelectedError` if that is nothing on any of them."""
    plans = {}
    nothing = None
    for system in executor.list_systems(options.python_versions):
        narrowed = replace(options, python_versions=system.python_versions)
        plan = plan_run(narrowed, cells, system.interpreters, load_releases(), repeat=options.repeat)
        try:
            plans[system] = select_again(plan, options, catalogue, partial(executor.identify, system))
        except NothingSelectedError as error:
            nothing = error
    if not plans and nothing is not None:
        raise nothing
    return plans


def select_again(
    plan: Plan, options: MatrixOptions, catalogue: Catalogue, identify: Callable[[EnvironmentRequest], str]
) -> Plan:
    """The cells that `--only` names, by the results there are. Raises `NothingSelectedError` if there are none."""
    if not options.only:
        return plan
    there, baseline = (
        read_results(place, lean=True) if place.exists() else Results() for place in (options.results, find_baseline())
    )
    records = read_records(there, baseline, Judge(load_categories()), find_why_unstable(catalogue))
    return narrow_to(plan, map(Only, options.only), records, identify)
