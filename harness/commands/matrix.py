"""`matrix`: run the selected cells on a real server and tabulate which reproduce which error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.analysis.full_table import write_full_table
from harness.analysis.grid import Grid
from harness.analysis.printed import as_json, printed_tables
from harness.analysis.suites import suite_tables
from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.evidence.store import EvidenceStore
from harness.output.printing import print_json, print_tables, short_path
from harness.pipeline.setup import run_plan
from harness.pipeline.soundness import require_sound
from harness.pipeline.storage import RESULTS_REMEDY, storing
from harness.planning.cells import plan_cells
from harness.planning.plan import plan_run
from harness.store.reading import read_run
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import MatrixOptions
    from harness.store.model import Results


def run(options: MatrixOptions) -> int:
    """Run, write results, print the tables."""
    started = time.perf_counter()
    catalogue = load_catalogue()
    cells = plan_cells(options, catalogue)
    provisioner = Provisioner()
    plan = plan_run(options, cells, catalogue, provisioner.interpreters, provisioner.releases, repeat=options.repeat)
    run_id = run_plan(options, plan, catalogue, provisioner, folder=options.results, fresh=options.fresh)
    results = report(options, run_id, catalogue, time.perf_counter() - started)
    require_sound(results)
    return ExitCode.DONE


def report(options: MatrixOptions, run_id: str, catalogue: Catalogue, elapsed: float) -> Results:
    """Print the tables of a run, from the files it wrote, which are returned. Write the full table beside them."""
    results = read_run(options.results, run_id)
    grid = Grid(results, load_categories())
    with storing("The full table", options.results, RESULTS_REMEDY):
        text, page = write_full_table(options.results, run_id, grid)
    defaults = {axis.name: axis.default for axis in catalogue.axes.values() if not axis.axis.core}
    tables = printed_tables(
        results,
        grid,
        defaults=defaults,
        rest=short_path(text),
        folder=short_path(options.results),
        habits=load_highlights(),
        suites=suite_tables(results, EvidenceStore(options.results), grid.categories),
        elapsed=elapsed,
    )
    if options.json:
        print_json(as_json(results, grid, tables))
        return results
    print_tables(*tables)
    print(f"\nEvery cell in every environment: {short_path(text)} and {page.name}")
    print(f"Results: {short_path(options.results)}/{run_id}.*")
    return results
