"""`compare`: show what differs between two versions, or between two sets of results."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.analysis.suites import suite_tables
from harness.catalogue.loading import load_catalogue
from harness.comparison.by_test import changed_tests
from harness.comparison.comparing import Comparer, measured, read_sides
from harness.comparison.formats import as_format
from harness.comparison.planning import digests, plan_sides, runs_anything
from harness.comparison.sides import Place, read_side
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.pipeline.measured import require_measured
from harness.pipeline.planned import run_plan
from harness.pipeline.rechecking import require_equal_launchers
from harness.printing import terminal_width
from harness.store.evidence import EvidenceStore
from harness.store.reading import read_run, without_garbage_collection
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.comparison.sides import Side
    from harness.requests import CompareOptions


def run(options: CompareOptions) -> int:
    """Print the comparison; 1 if anything differs and that was asked for. What is named and wasn't run yet is run."""
    if options.json and options.format not in ("text", "json"):
        raise UsageError(f"--json doesn't go with --format {options.format}.", remedy="Leave one of them out.")
    if options.json:
        options = replace(options, format="json")
    sides = (read_side(options.before), read_side(options.after))
    return _run(options, sides) if runs_anything(options) else _read(options, sides)


def _read(options: CompareOptions, sides: tuple[Side, Side]) -> int:
    values = cell_values()
    with without_garbage_collection():
        measures, sources = read_sides(*sides, options.results, options.baseline)
        comparison = Comparer(load_categories(), values).compare(sides, measures)
        print(as_format(options.format, replace(comparison, sources=sources), values, terminal_width()))
    return ExitCode.DIFFERENCES if options.exit_code and comparison.changed else ExitCode.DONE


def _run(options: CompareOptions, sides: tuple[Side, Side]) -> int:
    catalogue, categories, values = load_catalogue(), load_categories(), cell_values()
    provisioner = Provisioner()
    plan = plan_sides(options, sides, catalogue, provisioner)
    chosen = [digests(provisioner, *one) for one in zip(plan.requests, sides, strict=True)]
    run_id = run_plan(options, plan.plan, catalogue, provisioner, folder=options.results, fresh=options.fresh)
    results = read_run(options.results, run_id)
    whole = measured(results, Place(options.results))
    comparison = Comparer(categories, values).compare(sides, (whole.only(chosen[0]), whole.only(chosen[1])))
    store = EvidenceStore(options.results)
    print(
        as_format(
            options.format,
            comparison,
            values,
            terminal_width(),
            suites=suite_tables(results, store, categories),
            tests=tuple(changed_tests(comparison, results, store, categories)),
        )
    )
    require_equal_launchers(results)
    require_measured(results)
    return ExitCode.DIFFERENCES if options.exit_code and comparison.changed else ExitCode.DONE


def cell_values() -> Callable[[str], Mapping[str, str]]:
    """Tells the values of a cell's axes by its id; none of an id that isn't in today's catalogue."""
    catalogue = load_catalogue()

    @cache
    def values(cell: str) -> Mapping[str, str]:
        try:
            return catalogue.values(catalogue.parse(cell))
        except UsageError:
            return {}

    return values
