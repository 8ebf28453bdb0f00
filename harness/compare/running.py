"""Comparing what is run for it: the cells and suites that are named, in the environments of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.missing_table import ExplainedSuite
from harness.analysis.remedies import explain_suites
from harness.analysis.suites import SuiteView, view_suites
from harness.compare.annotations import annotate_comparison
from harness.compare.comparing import Comparer, select_measured
from harness.compare.cures import list_cures
from harness.compare.model import Comparison
from harness.compare.planning import find_digests, list_downloads, plan_sides
from harness.compare.sides import ResultsPlace
from harness.compare.test_changes import TestChange, find_changed_tests
from harness.environments.provisioning import Provisioner
from harness.evidence.store import EvidenceStore
from harness.output.annotations import Annotation
from harness.pipeline.setup import run_plan
from harness.store.model import Results
from harness.store.reading import read_run
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import CompareOptions
    from harness.compare.sides import Side


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison of what was run for it, or taken over from earlier runs."""

    run: str  # id
    comparison: Comparison
    results: Results
    suites: tuple[SuiteView, ...]  # those that are no cells
    tests: tuple[TestChange, ...]  # of these suites
    missing: tuple[ExplainedSuite, ...]  # what these suites lack
    annotations: tuple[Annotation, ...]  # of the tests of these suites
    cures: str  # commands that look for a cure of those that newly fail by a loop error, a line each


def run_sides(
    options: CompareOptions,
    sides: tuple[Side, Side],
    catalogue: Catalogue,
    values: Callable[[str], Mapping[str, str]],
) -> Ran:
    """Run what isn't there yet, and compare. Raises what planning and running raise."""
    categories = load_categories()
    provisioner = Provisioner(download=list_downloads(options, sides))
    plan = plan_sides(options, sides, catalogue, provisioner)
    chosen = [find_digests(provisioner, *one) for one in zip(plan.requests, sides, strict=True)]
    run_id = run_plan(options, plan.plan, catalogue, provisioner, folder=options.results, fresh=options.fresh)
    results = read_run(options.results, run_id)
    whole = select_measured(results, ResultsPlace(options.results))
    measures = (whole.only(chosen[0]), whole.only(chosen[1]))
    comparison = Comparer(categories, values, headlines=True).compare(sides, measures)
    store = EvidenceStore(options.results)
    pairs = [
        (one.pair.before.digest, one.pair.after.digest)
        for one in comparison.pairs
        if one.pair.before is not None and one.pair.after is not None
    ]
    suites = view_suites(results, store, categories, pairs)
    return Ran(
        run=run_id,
        comparison=comparison,
        results=results,
        suites=suites,
        missing=explain_suites("compare", options, plan.plan.cells, results, store),
        cures=list_cures(options, plan.plan.cells, comparison),
        tests=tuple(find_changed_tests(comparison, suites)),
        annotations=annotate_comparison(comparison, measures, plan.plan.cells, categories),
    )
