"""A run from its options: the server, the launcher, the folders and the display it needs, set up and put away."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.suite_words import write_suite_words
from harness.cli.fields import RunOptions, StoredOptions
from harness.errors import UsageError
from harness.evidence.store import EvidenceStore
from harness.launchers.limits import choose_suite_memory
from harness.launchers.model import LIMIT, MEMORY, REFERENCE
from harness.launchers.opening import open_launcher
from harness.output.display import make_progress
from harness.output.printing import print_aside
from harness.pipeline.cells import make_demand
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import Settings, count_cores
from harness.pipeline.storage import keep_out_of_git, require_writable
from harness.processes.guardian import Guardian
from harness.servers.opening import find_wait, open_server
from harness.suites.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.cli.fields import RecordedOptions, ServedOptions
    from harness.environments.provisioning import Provisioner
    from harness.planning.plan import Plan
    from harness.servers.model import Server

REFERENCE_DATABASES = 1  # the next environment's simplest suite runs beside the cells
A_CORE = 2  # cells: they wait for the server, for timeouts and at a hang's limit, and another one has the core


def run_plan(
    options: RecordedOptions,
    plan: Plan,
    catalogue: Catalogue,
    provisioner: Provisioner,
    *,
    folder: Path,
    fresh: bool,
) -> str:
    """Run the plan on a server, write the results to `folder` and return the run's id.

    Unless `fresh`, what earlier runs in the folder measured is taken over. Nothing is written before the server
    answers.
    """
    with run_context(options, plan, catalogue, provisioner, folder=folder, launcher=options.launcher) as (opened, jobs):
        settings = replace(opened, fresh=fresh, recheck=options.recheck)
        execute_plan(settings, provisioner, jobs=jobs)
    return settings.run


def require_one(cells: Sequence[Cell | Suite], command: str) -> Cell | Suite:
    """The one that was chosen. Raises `UsageError` where there are several."""
    if len(cells) > 1:
        raise UsageError(
            f"{command} takes one cell or suite, not {len(cells):,}.",
            remedy="Name it, such as --cell default/session/module_global/none, or --suite DIR.",
        )
    return cells[0]


def choose_jobs(plan: Plan) -> int:
    """How many cells run at the same time unless the user says it; of suites of the user's own, one a core."""
    return count_cores() * (1 if any(isinstance(cell, Suite) for cell in plan.cells) else A_CORE)


def accept_demands(plan: Plan, server: Server) -> tuple[str, ...]:
    """What is to be known of the user's own suites before they run. Raises `UsageError` where they can't."""
    demands = {make_demand(cell.conditions) for cell in plan.cells if isinstance(cell, Suite)} - {None}
    return tuple(dict.fromkeys(note for demand in demands if demand for note in server.accept(demand)))


@contextmanager
def run_context(
    options: ServedOptions,
    plan: Plan,
    catalogue: Catalogue,
    provisioner: Provisioner,
    *,
    folder: Path,
    launcher: str | None,
) -> Iterator[tuple[Settings, int]]:
    """All that a run needs, and how many cells may run at a time. What was started for it ends with the context."""
    require_writable(folder)
    with ExitStack() as stack:
        guardian = stack.enter_context(Guardian())
        provisioner.mark(guardian.environment("uv"))
        provisioner.apart.add(folder)
        scratch = stack.enter_context(guardian.folder("suites"))
        # A database for each job leased at once; a server named by a URL may have fewer to give.
        wanted = min(options.jobs or choose_jobs(plan), plan.runs)
        opening = open_server(options.server, databases=wanted + REFERENCE_DATABASES, guardian=guardian)
        if wait := find_wait(options.server):
            print_aside(wait)
        server = stack.enter_context(opening)
        notes = (*server.notes, *accept_demands(plan, server))
        keep_out_of_git(options.results if isinstance(options, StoredOptions) else folder)
        if isinstance(options, RunOptions):
            write_suite_words(folder, options, plan.cells)
        progress = stack.enter_context(make_progress())
        opened = stack.enter_context(open_launcher(launcher, guardian))
        reference = None if opened.name == REFERENCE else stack.enter_context(open_launcher(REFERENCE, guardian))
        settings = Settings(
            plan=plan,
            catalogue=catalogue,
            server=server,
            launcher=opened,
            reference_launcher=reference,
            progress=progress,
            evidence=EvidenceStore(folder),
            folder=folder,
            scratch=scratch,
            limit=options.limit or LIMIT,
            memory=options.memory or MEMORY,
            suite_memory=options.memory or choose_suite_memory(),
        )
        for note in (*plan.notes, *notes):
            progress.note(note)
        yield settings, min(wanted, server.capacity)
