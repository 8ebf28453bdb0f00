"""`matrix`: run the selected cells on a real server and tabulate which reproduce which error."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.full_table import write_full_table
from harness.analysis.grid import Grid
from harness.analysis.printed import as_json, printed_tables
from harness.analysis.table import WIDTH, as_text
from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import Settings, cores
from harness.pipeline.storage import RESULTS_REMEDY, require_writable, storing
from harness.progress import progress_on
from harness.running.choose import open_launcher
from harness.running.planning import Plan, plan_cells, plan_requests
from harness.servers.choose import open_server
from harness.servers.guardian import Guardian
from harness.store.evidence import EvidenceStore
from harness.store.reading import read_results
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.requests import MatrixOptions

REFERENCE_DATABASES = 1  # the next environment's simplest suite runs beside the cells


def run(options: MatrixOptions) -> int:
    """Run, write results, print the tables."""
    started = time.perf_counter()
    catalogue = load_catalogue()
    cells = plan_cells(options, catalogue)
    provisioner = Provisioner()
    requests = plan_requests(options, provisioner.interpreters, provisioner.releases)
    plan = Plan(cells=cells, requests=requests, repeat=options.repeat, profile=options.profile)
    run_id = run_plan(options, plan, catalogue, provisioner)
    report(options, run_id, catalogue, time.perf_counter() - started)
    return ExitCode.DONE


def run_plan(options: MatrixOptions, plan: Plan, catalogue: Catalogue, provisioner: Provisioner) -> str:
    """Run the plan on a server and return the run's id. Nothing is written before the server answers."""
    require_writable(options.results)
    with ExitStack() as stack:
        guardian = stack.enter_context(Guardian())
        provisioner.mark(guardian.environment("uv"))
        scratch = stack.enter_context(guardian.folder("suites"))
        # A database for each job leased at once; a server named by a URL may have fewer to give.
        wanted = min(options.jobs or cores(), len(plan.cells) * len(plan.requests) * plan.repeat)
        server = stack.enter_context(
            open_server(options.server, databases=wanted + REFERENCE_DATABASES, guardian=guardian)
        )
        progress = stack.enter_context(progress_on())
        settings = Settings(
            plan=plan,
            catalogue=catalogue,
            server=server,
            launcher=stack.enter_context(open_launcher(options.launcher, guardian)),
            progress=progress,
            evidence=EvidenceStore(options.results),
            folder=options.results,
            scratch=scratch,
            limit=options.limit,
            fresh=options.fresh,
        )
        execute_plan(settings, provisioner, jobs=min(wanted, server.capacity))
    return settings.run


def report(options: MatrixOptions, run_id: str, catalogue: Catalogue, elapsed: float) -> None:
    """Print the tables of a run, from the files it wrote, and write the full table beside them."""
    results = read_results(*sorted(options.results.glob(f"{run_id}.*.jsonl")))
    grid = Grid(results, {signature.name: signature.category for signature in load_signatures()})
    with storing("The full table", options.results, RESULTS_REMEDY):
        text, page = write_full_table(options.results, run_id, grid)
    defaults = {axis.name: axis.default for axis in catalogue.axes.values() if not axis.axis.core}
    tables = printed_tables(
        results,
        grid,
        defaults=defaults,
        rest=shown(text),
        folder=shown(options.results),
        habits=load_highlights(),
        elapsed=elapsed,
    )
    if options.json:
        data = as_json(results, grid, tables)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")
        return
    width = shutil.get_terminal_size((WIDTH, 24)).columns  # WIDTH where standard output is no terminal
    print("\n\n".join(as_text(table, width) for table in tables))
    print(f"\nEvery cell in every environment: {shown(text)} and {page.name}")
    print(f"Results: {shown(options.results)}/{run_id}.*")


def shown(path: Path) -> str:
    """A path as short as it can be written here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
