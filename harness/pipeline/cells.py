"""One cell in one environment: written, run, judged."""

from __future__ import annotations

import itertools
import shutil
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from harness.catalogue.rendering import write_suite
from harness.catalogue.target import Target
from harness.environments.identity import WINE
from harness.environments.model import read_freeze
from harness.launchers.model import Job, fork_or_spawn
from harness.output.text import shorten_environment
from harness.packages import find_new_process
from harness.pipeline.retrying import lease, retry_until_served
from harness.pipeline.storage import RESULTS_REMEDY, SUITES_REMEDY, report_storage_errors
from harness.servers.model import Demand
from harness.store.model import Outcome
from harness.suites.project import BuildError, list_compiled
from harness.suites.subject import decode_texts, digest_subject
from harness.verdicts.classify import classify
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalogue.cell import Cell
    from harness.catalogue.value import ServerKind
    from harness.environments.model import Built, Environment
    from harness.evidence.model import Evidence, Timings
    from harness.pipeline.retrying import Observed
    from harness.pipeline.settings import Recording, Settings
    from harness.suites.conditions import Conditions
    from harness.suites.subject import Files, Subject
    from harness.verdicts.model import Finding

_numbers = itertools.count()


@lru_cache(maxsize=256)
def make_target(environment: Environment) -> Target:
    """What suites for this environment are written for."""
    system = environment.platform.split("-")[0]
    return Target(
        platform="win32" if system == WINE else system,
        client=environment.client,
        versions=environment.installed | {"python": environment.python},
        additions={one.packages: read_freeze(one.freeze) for one in environment.additions},
    )


def execute(
    settings: Settings,
    built: Built,
    files: Files,
    *,
    name: str = "a suite",
    spawned: str = "",
    conditions: Conditions | None = None,
    project: Path | None = None,
    server: ServerKind = "shared",
) -> tuple[Evidence, Timings]:
    """Run a suite once, in a folder and a database of its own; again if the server failed meanwhile.

    If it fails each time, the evidence says so. `name` is for messages; `spawned` says why it must run in a new
    process, `project` is the folder with its own project, `server` what server it needs.

    Raises `InfrastructureError` when the suite can't be written or there is no server any more, and
    `CancelledError` when the run was stopped meanwhile: what was observed then says nothing.
    """
    demand = make_demand(conditions) if server == "shared" else Demand(kind=server)
    attempt = partial(_run_attempt, settings, built, files, conditions=conditions, project=project, demand=demand)
    return retry_until_served(
        settings, name, lambda: fork_or_spawn(attempt, spawned or find_new_process(built.environment.client))
    )


def _run_attempt(
    settings: Settings,
    built: Built,
    files: Files,
    spawned: str,
    *,
    conditions: Conditions | None,
    project: Path | None,
    demand: Demand | None,
) -> tuple[Observed, str]:
    """What was observed when the suite ran, and what kept the server from serving it, if anything did."""
    folder = settings.scratch / f"suite-{next(_numbers)}"
    try:
        with report_storage_errors("Suites", settings.scratch, SUITES_REMEDY):
            write_suite(files, folder)
            for place, file in list_compiled(project, files).items() if project is not None else ():
                shutil.copy2(file, folder / place)
        with lease(settings, lambda key: name_outcome(files, key), demand) as database:
            observed = settings.launcher.run(
                Job(
                    suite=folder,
                    python=built.python,
                    database=database,
                    limit=settings.limit,
                    memory=settings.memory if conditions is None else settings.suite_memory,
                    client=built.environment.client,
                    existing=built.request.existing is not None,
                    spawned=spawned,
                    conditions=conditions,
                    project=project,
                )
            )
            return observed, settings.server.trouble(database)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_demand(conditions: Conditions | None) -> Demand | None:
    """What a suite of the user's own asks for of the server; None of all that is run like a cell."""
    return None if conditions is None else Demand(ports=conditions.ports, host=conditions.network == "host")


def name_outcome(files: Files, key: str) -> bool:
    """Whether a suite's text names the key, so that it may have written it. One that computes its keys doesn't."""
    return any(f'"{key}"' in text for text in decode_texts(files).values())


def keep(settings: Settings, evidence: Evidence) -> str:
    """Store evidence and return its hash."""
    with report_storage_errors("Evidence", settings.folder, RESULTS_REMEDY):
        return settings.evidence.put(evidence)


def find_not_applicable(settings: Recording, environment: Environment, cell: Cell | Subject, reason: str) -> Outcome:
    """The outcome of a cell that can't be expressed here. Written once, however often cells are repeated."""
    verdict = Verdict(status=Status.NOT_APPLICABLE, reason=reason)
    return Outcome(cell=cell.id, environment=environment.id, run=settings.run, verdict=verdict)


def run_cell(
    settings: Settings, built: Built, cell: Cell | Subject, sample: int, known: tuple[Finding, ...]
) -> Outcome:
    """Run a cell once and judge what happened. `known` are the environment's own findings."""
    subject = settings.subject(cell)
    files = subject.files(make_target(built.environment))
    name = f"{cell.id} on {built.environment.id}"
    evidence, timings = execute(
        settings,
        built,
        files,
        name=name,
        spawned=subject.new_process,
        conditions=subject.conditions,
        project=_install_project(settings, subject, built),
        server=subject.server,
    )
    return Outcome(
        cell=cell.id,
        environment=built.environment.id,
        run=settings.run,
        sample=sample,
        suite=digest_subject(subject, files),
        verdict=classify(evidence, settings.signatures, environment_findings=known),
        evidence=keep(settings, evidence),
        timings=timings,
    )


def _install_project(settings: Settings, subject: Subject, built: Built) -> Path | None:
    """The folder with the subject's own project; None, with a note, where it can't be had for this Python."""
    try:
        return subject.install(built.python)
    except BuildError as error:
        where = shorten_environment(built.environment.id)
        settings.progress.note(f"{subject.id}: its project can't be installed on {where}: {error}")
        return None
