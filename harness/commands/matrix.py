"""`matrix`: run the selected cells on a real server and tabulate which reproduce which error."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.analysis.grid import Grid
from harness.analysis.plan_table import describe_plan, make_plan_table
from harness.analysis.remedies import explain_suites
from harness.analysis.run_tables import NAMES, as_json, find_name, make_tables, write_tables
from harness.analysis.screen import make_first_screen
from harness.analysis.suites import view_suites
from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import load_catalogue
from harness.compare.servers import ServerRun, compare_servers
from harness.compare.system_plans import make_plans
from harness.dask.choosing import choose_executor
from harness.environments.releases import load_releases
from harness.errors import ExitCode, UnknownNameError, UsageError
from harness.evidence.store import EvidenceStore
from harness.files import replace_file
from harness.invocation import command_line
from harness.launchers.fork import can_fork
from harness.launchers.model import REFERENCE
from harness.output.printing import (
    find_terminal_width,
    print_aside,
    print_document,
    print_explain_line,
    print_json,
    print_lines,
    print_tables,
    short_path,
    show_page,
)
from harness.output.table import fold
from harness.pipeline.beside import describe_unused
from harness.pipeline.soundness import require_sound, require_suites_ran
from harness.pipeline.storage import RESULTS_REMEDY, keep_out_of_git, report_storage_errors
from harness.planning.cells import plan_cells
from harness.planning.costs import Estimator, load_costs
from harness.planning.shard import find_shard, read_count_of
from harness.planning.sharding import divide, take_shard
from harness.servers.opening import name_folders, read_servers, require_there, show_server
from harness.store.reading import read_run
from harness.store.servers import find_other_servers
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.options import MatrixOptions
    from harness.pipeline.executor import Executor, System
    from harness.planning.plan import Plan
    from harness.store.model import Results
    from harness.suites.subject import Subject

ALL = "all"
PAGE = ".report.html"
SERVERS = "servers"
"""Below the results folder, with a folder for each server where several are named."""


TOGETHER = (
    "Reports count them with these, like repeats. To keep servers apart, name them together (--server A,B), or give "
    "each a --results folder of its own."
)


class MatrixRun(NamedTuple):
    """What one run gave."""

    results: Results
    data: dict[str, Any] | None = None  # for `--json`


def run(options: MatrixOptions) -> int:
    """Run on the server, or on each of several; write results, print the first screen, or the tables that are named."""
    servers = read_servers(options.server) if options.server else ()
    if options.dry_run:
        plan_only(options, len(servers))
        return ExitCode.DONE
    if unused := describe_unused(options):
        print_aside(unused)
    if len(servers) > 1:
        measured = run_on_each(options, servers)
    else:
        measured = [run_on_one(replace(options, server=servers[0] if servers else None))]
    for one in measured:
        require_sound(one)
        require_suites_ran(one)
    return ExitCode.DONE


def run_on_one(options: MatrixOptions) -> Results:
    """Run on the server that is named, or the default."""
    ran = measure(options)
    if ran.data is not None:
        print_json(ran.data)
    return ran.results


def run_on_each(options: MatrixOptions, servers: Sequence[str]) -> list[Results]:
    """Run on one server after the other, then show where the others differ from the first.

    Each has a folder of its own: in one, what two servers answer would be counted like repeats of one cell.
    """
    require_there(servers)
    keep_out_of_git(options.results)
    runs: list[ServerRun] = []
    data: dict[str, Any] = {}
    for server, place in name_folders(servers).items():
        name, folder = show_server(server), options.results / SERVERS / place
        if not options.json:
            print_lines(f"Server: {name}\n")
        ran = measure(replace(options, server=server, results=folder))
        runs.append(ServerRun(name=name, folder=folder, results=ran.results))
        data[name] = ran.data
        if not options.json:
            print_lines("\n")
    compared = [compare_servers(runs[0], other) for other in runs[1:]]
    if options.json:
        print_json({"servers": data, "comparisons": [each.data() for each in compared]})
    else:
        for each in compared:
            print_document(each, "text")
    return [run.results for run in runs]


def plan_only(options: MatrixOptions, servers: int) -> None:
    """Print what would be run, on each server."""
    read_names(options.tables)
    with choose_executor(options) as executor:
        plans, estimator = prepare(options, load_catalogue(), executor)
    (plan,) = plans.values()
    print_plan(plan, options, estimator)
    if servers > 1:
        print_aside(f"Each of the {servers} servers would run that.")


def prepare(options: MatrixOptions, catalogue: Catalogue, executor: Executor) -> tuple[dict[System, Plan], Estimator]:
    """What to run on each system, and what tells how long that takes."""
    cells = plan_cells(options, catalogue)
    plans = make_plans(options, cells, catalogue, executor)
    estimator = Estimator(
        costs=load_costs(),
        catalogue=catalogue,
        releases=load_releases(),
        spawns=options.launcher == REFERENCE or not can_fork(),
    )
    return plans, estimator


def measure(options: MatrixOptions) -> MatrixRun:
    """Run on one server, write the results and print what they give, unless that is wanted as data."""
    started = time.perf_counter()
    asked = read_names(options.tables)
    shard = find_shard(options.shard, os.environ)
    catalogue = load_catalogue()
    with choose_executor(options) as executor:
        plans, estimator = prepare(options, catalogue, executor)
        if shard is not None:
            require_dividable(options)
            plans = {system: take_shard(plan, shard, estimator) for system, plan in plans.items()}
        # What is to run again must not be taken over from the run that it is chosen by.
        fresh = options.fresh or bool(options.only)
        run_id = executor.run(options, plans, catalogue, fresh=fresh)
    cells = dict.fromkeys(cell for plan in plans.values() for cell in plan.cells)
    measured = report(options, run_id, catalogue, time.perf_counter() - started, asked, cells=cells)
    if shard is not None and not options.json:
        print_lines(f"That was shard {shard} alone; unite all with {command_line('merge', 'DIR…')}")
    if options.open_page:
        show_page(options.results / f"{run_id}{PAGE}")
    return measured


def require_dividable(options: MatrixOptions) -> None:
    """Raise `UsageError` for what the shards that ran before in this folder would change."""
    if options.only:
        raise UsageError(
            "--only can't be divided: what is chosen depends on the shards that ran before.",
            remedy="Leave out --only or --shard.",
        )


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
    cells: Iterable[Cell | Subject] = (),
) -> MatrixRun:
    """What a run gave, from the files it wrote, printed unless it is wanted as data. Write all tables beside them.

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
        return MatrixRun(results, as_json(results, grid, tables, suites, explained))
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
    if servers := find_other_servers(options.results, results):
        print_lines(f"{short_path(options.results)} also has outcomes of {', '.join(servers)}. {TOGETHER}")
    return MatrixRun(results)


def write_run_page(folder: Path, run_id: str, results: Results) -> Path:
    """Write the page of a run."""
    # Not imported above: what makes pages takes a while to import, and a run may end without one.
    making = import_module("harness.report.making")
    path = folder / f"{run_id}{PAGE}"
    replace_file(path, making.make_report(results, [folder], brief=True).encode())
    return path
