"""`matrix`: run the selected cells on a real server and tabulate which reproduce which error."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from harness.analysis.grid import Grid
from harness.analysis.plan_table import describe_plan, make_plan_table
from harness.analysis.remedies import explain_suites
from harness.analysis.run_tables import NAMES, as_json, find_name, make_tables, write_tables
from harness.analysis.screen import make_first_screen
from harness.analysis.suites import view_suites
from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.cli.options import EXECUTORS
from harness.compare.categories import Judge
from harness.compare.rerunning import Only, narrow_to, read_records
from harness.environments.releases import load_releases
from harness.errors import ExitCode, NothingSelectedError, UnknownNameError, UsageError
from harness.evidence.store import EvidenceStore
from harness.files import replace_file
from harness.invocation import command_line
from harness.launchers.fork import can_fork
from harness.launchers.model import REFERENCE
from harness.output.printing import (
    find_terminal_width,
    print_explain_line,
    print_json,
    print_lines,
    print_tables,
    short_path,
    show_page,
)
from harness.output.table import fold
from harness.paths import find_baseline
from harness.pipeline.executor import Threads
from harness.pipeline.soundness import require_sound, require_suites_ran
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.planning.cells import plan_cells
from harness.planning.costs import Estimator, load_costs
from harness.planning.plan import plan_run
from harness.planning.shard import find_shard, read_count_of
from harness.planning.sharding import divide, take_shard
from harness.store.model import Results
from harness.store.reading import read_results, read_run
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.options import MatrixOptions
    from harness.environments.model import EnvironmentRequest
    from harness.pipeline.executor import Executor, System
    from harness.planning.plan import Plan
    from harness.suites.suite import Suite

ALL = "all"
PAGE = ".report.html"


def run(options: MatrixOptions) -> int:
    """Run, write results, print the first screen, or the tables that are named."""
    started = time.perf_counter()
    asked = read_names(options.tables)
    shard = None if options.dry_run else find_shard(options.shard, os.environ)
    catalogue = load_catalogue()
    cells = plan_cells(options, catalogue)
    with choose_executor(options) as executor:
        plans = make_plans(options, cells, catalogue, executor)
        estimator = Estimator(
            costs=load_costs(),
            catalogue=catalogue,
            releases=load_releases(),
            spawns=options.launcher == REFERENCE or not can_fork(),
        )
        if options.dry_run:
            (plan,) = plans.values()
            print_plan(plan, options, estimator)
            return ExitCode.DONE
        if shard is not None:
            plans = {system: take_shard(plan, shard, estimator) for system, plan in plans.items()}
        # What is to run again must not be taken over from the run that it is chosen by.
        fresh = options.fresh or bool(options.only)
        run_id = executor.run(options, plans, catalogue, folder=options.results, fresh=fresh)
    results = report(options, run_id, catalogue, time.perf_counter() - started, asked, cells=cells)
    if shard is not None and not options.json:
        print_lines(f"That was shard {shard} alone; unite all with {command_line('merge', 'DIR…')}")
    if options.open_page:
        show_page(options.results / f"{run_id}{PAGE}")
    require_sound(results)
    require_suites_ran(results)
    return ExitCode.DONE


def choose_executor(options: MatrixOptions) -> Executor:
    """Where it runs. Raises `UsageError` for options that don't go together."""
    if options.executor == EXECUTORS[0]:
        if options.scheduler:
            raise UsageError("--scheduler is for a Dask cluster.", remedy="Add --executor dask.")
        return Threads()
    # Not imported above: hardly any run is on a cluster.
    dask = import_module("harness.dask.executor")
    dask.require_spreadable(options)
    executor: Executor = dask.DaskExecutor(options.scheduler)
    return executor


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


def print_plan(plan: Plan, options: MatrixOptions, estimator: Estimator) -> None:
    """What would be run, and what it would take: of each shard, or of all at once."""
    count = read_count_of(options.shard) if options.shard else 1
    shards = divide(plan, count, estimator)
    if options.json:
        print_json(describe_plan(shards, repeat=plan.repeat))
    else:
        print_tables(make_plan_table(shards, repeat=plan.repeat))


def read_names(texts: Iterable[str]) -> set[str]:
    """The tables that are named, some in each text. Raises `UnknownNameError` for one that there is not."""
    names = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    for name in names:
        if name not in (ALL, *NAMES):
            raise UnknownNameError("table", name, (ALL, *NAMES))
    return set(NAMES) if ALL in names else set(names)


def report(
    options: MatrixOptions,
    run_id: str,
    catalogue: Catalogue,
    elapsed: float,
    asked: Collection[str] = (),
    *,
    cells: Iterable[Cell | Suite] = (),
) -> Results:
    """Print what a run gave, from the files it wrote, which are returned. Write all its tables beside them.

    `asked` names tables that are printed in place of the first screen. `cells` are those that ran.
    """
    results = read_run(options.results, run_id)
    grid = Grid(results, load_categories())
    store = EvidenceStore(options.results)
    suites = view_suites(results, store, grid.categories)
    explained = explain_suites("matrix", options, cells, results, store)
    tables = make_tables(
        results,
        grid,
        defaults={axis.name: axis.default for axis in catalogue.axes.values() if not axis.axis.core},
        folder=short_path(options.results),
        habits=load_highlights(),
        suites=suites,
        missing=explained,
        elapsed=elapsed,
    )
    with report_storage_errors("The tables", options.results, RESULTS_REMEDY):
        text, page = write_tables(options.results, run_id, tables)
        drawn = write_run_page(options.results, run_id, results)
    if options.json:
        print_json(as_json(results, grid, tables, suites, explained))
        return results
    if asked:
        shown = [table for table in tables if find_name(table) in asked]
        print_tables(*shown)
        for name in () if ALL in options.tables else sorted({*asked} - {*map(find_name, tables)}):
            print_lines(f"Nothing to show in {name!r}: {NAMES[name]}.")
    else:
        width = find_terminal_width()
        screen = make_first_screen(
            results,
            grid,
            habits=load_highlights(),
            suites=suites,
            missing=explained,
            elapsed=elapsed,
            width=width,
        )
        print_tables(*screen, gap="\n")
        shown = [*screen]
        others = ", ".join(dict.fromkeys(map(find_name, tables)))
        more = f"More, with the same command and --tables NAME (nothing runs twice): {others}, all."
        yours = "" if suites else f"Your own tests: {command_line('matrix', '--suite DIR')}"
        print_lines("\n".join(fold("\n".join(filter(None, (more, yours))), width)))
    print_explain_line(*shown)
    print_lines(f"All tables: {short_path(text)} and {page.suffix}")
    print_lines(f"Results: {short_path(options.results / run_id)}.*")
    print_lines(f"To look at: {short_path(drawn)}")
    return results


def write_run_page(folder: Path, run_id: str, results: Results) -> Path:
    """Write the page of a run."""
    # Not imported above: what makes pages takes a while to import, and a run may end without one.
    making = import_module("harness.report.making")
    path = folder / f"{run_id}{PAGE}"
    replace_file(path, making.make_report(results, [folder], brief=True).encode())
    return path
