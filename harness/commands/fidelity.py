"""`fidelity`: run cells in forks, and each once more in a new process, and compare what they show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.fidelity import find_fidelity
from harness.analysis.fidelity_tables import make_details_table, make_fidelity_table
from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.launchers.fork import ForkLauncher, can_fork
from harness.output.printing import print_json, print_lines, print_tables, short_path
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import make_run_id
from harness.pipeline.setup import run_context
from harness.pipeline.soundness import require_sound
from harness.planning.cells import plan_cells, sample_cells
from harness.planning.plan import plan_run
from harness.store.reading import read_run

if TYPE_CHECKING:
    from harness.cli.options import FidelityOptions
    from harness.store.model import Results

FOLDER = "fidelity"
"""Below the results folder. Beside the results of `matrix`, a sample of cells would pass for a run of all."""


def run(options: FidelityOptions) -> int:
    """Re-check every cell and print what came of it; 1 if there is any difference.

    What earlier runs re-checked is taken over, so one that was interrupted goes on.
    """
    if not can_fork():
        raise UsageError("This system has no fork, so there is nothing to compare.", remedy="Run it on Linux or macOS.")
    catalogue = load_catalogue()
    provisioner = Provisioner(download=options.downloads)
    cells = sample_cells(plan_cells(options, catalogue), options.sample)
    plan = plan_run(options, cells, provisioner.interpreters, provisioner.releases)
    folder, name = options.results / FOLDER, make_run_id()
    try:
        with run_context(options, plan, catalogue, provisioner, folder=folder, launcher=ForkLauncher.name) as (
            opened,
            jobs,
        ):
            settings = replace(opened, run=name, fresh=options.fresh, recheck=100.0)
            execute_plan(settings, provisioner, jobs=jobs)
    finally:
        results = report(options, name)
    if any(run.recheck and run.recheck.differing for run in results.runs):
        return ExitCode.DIFFERENCES
    require_sound(results)
    return ExitCode.DONE


def report(options: FidelityOptions, run_id: str) -> Results:
    """Print what a run re-checked, from the files it wrote, which are returned. Nothing if there are none."""
    folder = options.results / FOLDER
    results = read_run(folder, run_id)
    found = [find_fidelity(run) for run in results.runs]
    if not found:
        return results
    if options.json:
        print_json({"run": run_id, "environments": [msgspec.to_builtins(one) for one in found]})
        return results
    print_tables(make_fidelity_table(found), make_details_table(found))
    print_lines(f"\nResults: {short_path(folder)}")
    return results
