"""`fidelity`: run cells under both launchers and hold the evidence against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.fidelity_tables import details, fidelity_table, rules_table
from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.launchers.fork import ForkLauncher, available
from harness.launchers.model import REFERENCE
from harness.launchers.rules import listed
from harness.output.printing import print_json, print_tables, short_path
from harness.pipeline.environment_fidelity import EnvironmentFidelity
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import new_run_id
from harness.pipeline.setup import run_context
from harness.pipeline.storage import RESULTS_REMEDY, storing
from harness.planning.plan import plan_cells, plan_run, sample_cells
from harness.store.fidelity import Fidelity, write_fidelity

if TYPE_CHECKING:
    from harness.cli.options import FidelityOptions
    from harness.environments.model import EnvironmentRequest
    from harness.pipeline.environment_run import Submit
    from harness.pipeline.settings import Settings

FOLDER = "fidelity"
"""Below the results folder. Beside the results of `matrix`, a sample of cells would pass for a run of all."""


def run(options: FidelityOptions) -> int:
    """Compare, print and write what came of it; 1 if there is any difference."""
    if options.rules:
        print_rules(json=options.json)
        return ExitCode.DONE
    if not available():
        raise UsageError("This system has no fork, so there is nothing to compare.", remedy="Run it on Linux or macOS.")
    catalogue = load_catalogue()
    provisioner = Provisioner()
    run = new_run_id()
    cells = sample_cells(plan_cells(options, catalogue), options.sample, seed=run)
    plan = plan_run(options, cells, catalogue, provisioner.interpreters, provisioner.releases)
    comparison: Comparison | None = None
    finished = False
    try:
        with run_context(
            options, plan, catalogue, provisioner, folder=options.results / FOLDER, launcher=ForkLauncher.name
        ) as (settings, jobs):
            comparison = Comparison(replace(settings, run=run, fresh=options.fresh))
            comparison.execute(provisioner, jobs)
            finished = True
    finally:
        if comparison is not None:
            report(options, comparison.found(finished=finished))
    return ExitCode.DIFFERENCES if comparison.found(finished=True).differs else ExitCode.DONE


class Comparison:
    """A plan under both launchers. What was found can be asked for at any time, also when it ended early."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parts: list[EnvironmentFidelity] = []

    def execute(self, provisioner: Provisioner, jobs: int) -> None:
        """Compare every cell in every environment. Raises what `execute_plan` raises."""
        execute_plan(self._settings, provisioner, jobs=jobs, part=self._part)

    def found(self, *, finished: bool) -> Fidelity:
        """What was compared so far."""
        settings = self._settings
        return Fidelity(
            run=settings.run,
            harness=settings.version,
            machine=settings.machine,
            server=settings.server.info,
            probe=settings.probe_digest,
            catalogue=settings.catalogue_digest,
            profile=settings.plan.profile,
            reference=REFERENCE,
            launcher=settings.launcher.name,
            finished=finished,
            environments=tuple(part.counts.result() for part in self._parts if part.counts is not None),
        )

    def _part(
        self, settings: Settings, provisioner: Provisioner, request: EnvironmentRequest, submit: Submit
    ) -> EnvironmentFidelity:
        self._parts.append(EnvironmentFidelity(settings, provisioner, request, submit))
        return self._parts[-1]


def report(options: FidelityOptions, found: Fidelity) -> None:
    """Write what was found, and print it."""
    folder = options.results / FOLDER
    with storing("What was compared", folder, RESULTS_REMEDY):
        path = write_fidelity(folder, found)
    if options.json:
        print_json(msgspec.to_builtins(found))
        return
    print_tables(fidelity_table(found), details(found))
    print(f"\nResults: {short_path(path)}", flush=True)


def print_rules(*, json: bool) -> None:
    """Which suites are left to `spawn`, and why."""
    if json:
        print_json({"rules": listed()})
    else:
        print_tables(rules_table(listed()))
