"""`--executor dask`: the plan of each system that workers offer, in pieces that the scheduler gives to workers."""

from __future__ import annotations

import time
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from harness.dask.connection import DaskConnection
from harness.dask.dispatching import INTERVAL, Dispatcher
from harness.dask.environment import DaskPlace, SpreadEnvironment
from harness.dask.model import EnvironmentAnswer, SiteAnswer, SiteQuestion, WorkerError, pack, unpack
from harness.dask.offers import choose_interpreter, find_systems, list_needs, name_version
from harness.dask.run import SpreadRun, make_question
from harness.environments.unreleased import is_unreleased
from harness.errors import InfrastructureError, NoInterpreterError, UsageError
from harness.evidence.store import EvidenceStore
from harness.launchers.model import LIMIT, MEMORY
from harness.output.display import make_progress
from harness.output.text import count
from harness.pipeline.settings import Recording, make_run_id
from harness.pipeline.storage import keep_out_of_git, require_writable
from harness.servers.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.fields import RecordedOptions
    from harness.cli.options import MatrixOptions
    from harness.dask.offers import Offer
    from harness.environments.model import EnvironmentRequest
    from harness.pipeline.executor import System
    from harness.pipeline.settings import Site
    from harness.planning.plan import Plan

PRELOAD = "harness.dask.worker"

PATIENCE = 5.0
"""Seconds to wait for the first worker: all may have been started at the same time."""


def require_spreadable(options: MatrixOptions) -> None:
    """Raise `UsageError` for what can't be run on a cluster."""
    if not options.scheduler:
        raise UsageError(
            "--executor dask needs the address of a scheduler.",
            remedy="Add --scheduler ADDRESS, as `dask scheduler` prints it.",
        )
    refused = {
        "--shard": bool(options.shard) and "the scheduler divides the plan",
        "--dry-run": options.dry_run and "it lists what this machine would run",
        "--provision": options.provision and "the workers have the Pythons that they offer",
        "--suite": bool(options.suites) and "a suite is on this machine alone",
        "--environment": options.environment is not None and "an environment is on this machine alone",
        "--server URL": is_url(options.server or "") and "each worker starts servers of its own",
    }
    for name, reason in refused.items():
        if reason:
            raise UsageError(f"{name} doesn't go with --executor dask: {reason}.", remedy="Leave one of them out.")
    named = (*options.pytest_asyncio_versions, *options.pytest_versions, *options.client_versions, *options.pins)
    for version in named:
        if is_unreleased(version):
            raise UsageError(
                f"{version} was built on this machine and is not on the workers.",
                remedy="Name released versions, or leave --executor dask out.",
            )


class DaskExecutor:
    """The workers of a cluster that run this program in this very version."""

    def __init__(self, address: str) -> None:
        self._connection = DaskConnection(address)
        self._offers: dict[str, Offer] = {}
        self._notes: list[str] = []
        # Not imported above: it imports Dask, and only after the connection it is known to be there.
        self._functions: Any = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._connection)
            self._functions = import_module("harness.dask.worker")
            self._offers = self._find_workers()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def list_systems(self, python_versions: tuple[str, ...]) -> tuple[System, ...]:
        """Those of the workers. Raises `NoInterpreterError` for a named Python that none of them has."""
        systems = find_systems(self._offers.values(), python_versions)
        for name in python_versions:
            lacking = [system.tag for system in systems if name not in system.python_versions]
            if len(lacking) == len(systems):
                raise NoInterpreterError(
                    f"No worker at {self._connection.address} has Python {name}. There is {_describe(systems)}.",
                    remedy="Ask for one of these, or start a worker on a machine that has it.",
                )
            self._notes += [f"No worker on {tag} has Python {name}: it is left out there." for tag in lacking]
        return tuple(system for system in systems if system.python_versions or not python_versions)

    def identify(self, system: System, request: EnvironmentRequest) -> str:
        """The id of an environment, as a worker says."""
        answers: list[EnvironmentAnswer] = []
        dispatcher = Dispatcher(self._connection, heard=lambda _: None)
        place = self._find_place(system, request, {})
        name = f"identify-{make_run_id()}"
        dispatcher.add(make_question(self._functions.describe, request, place, (), answers.append, name=name))
        dispatcher.run()
        (answer,) = answers
        described = answer.environment or answer.unresolvable
        assert described is not None
        return described.id

    def run(self, options: RecordedOptions, plans: Mapping[System, Plan], catalogue: Catalogue, *, fresh: bool) -> str:
        """Run the plan of each system on its workers."""
        folder = options.results
        require_writable(folder)
        sites = self._find_sites(options)
        keep_out_of_git(folder)
        with make_progress() as progress:
            for note in self._notes:
                progress.note(note)
            run = SpreadRun(self._connection, self._functions, progress)
            for system, plan in plans.items():
                recording = Recording(
                    plan=plan,
                    catalogue=catalogue,
                    progress=progress,
                    evidence=EvidenceStore(folder),
                    folder=folder,
                    limit=options.limit or LIMIT,
                    memory=options.memory or MEMORY,
                    fresh=fresh,
                    run=run.id,
                )
                for request in plan.requests:
                    run.add(SpreadEnvironment(recording, request, self._find_place(system, request, sites)))
            run.execute(options, workers=len(self._offers))
        return run.id

    def _find_workers(self) -> dict[str, Offer]:
        """Those that run this program in this version. Waits a little for the first. Raises `InfrastructureError`."""
        deadline = time.monotonic() + PATIENCE
        while True:
            offers = self._connection.list_offers()
            fit = {address: one for address, one in offers.items() if one.program == name_version() and one.system}
            if fit:
                return fit
            if time.monotonic() > deadline:
                raise self._explain_none(offers)
            time.sleep(INTERVAL)

    def _explain_none(self, offers: Mapping[str, Offer]) -> InfrastructureError:
        address = self._connection.address
        others = sorted({offer.program for offer in offers.values() if offer.program})
        if others:
            return InfrastructureError(
                f"The workers at {address} run {' and '.join(others)} of this program; this is {name_version()}.",
                remedy="Install the same version at both ends, then start the workers again.",
            )
        what = f"none of its {count(len(offers), 'worker')} offers this program" if offers else "it has no workers"
        return InfrastructureError(
            f"The Dask scheduler at {address} can't run anything: {what}.",
            remedy=f"On each machine, where this program is installed: `dask worker {address} --preload {PRELOAD}`.",
        )

    def _find_place(self, system: System, request: EnvironmentRequest, sites: Mapping[str, Site]) -> DaskPlace:
        interpreter = choose_interpreter(
            request.python, [offer for offer in self._offers.values() if offer.system == system.tag]
        )
        assert interpreter is not None, "the plan was made with what the workers have"
        needs = list_needs(system.tag, interpreter)
        fit = {site: None for address, site in sites.items() if needs <= self._offers[address].names}
        return DaskPlace(system=system.tag, interpreter=interpreter, sites=tuple(fit))

    def _find_sites(self, options: RecordedOptions) -> dict[str, Site]:
        """What cells run on at each worker. Raises `WorkerError` where they can't."""
        question = pack(SiteQuestion(server=options.server, launcher=options.launcher))
        sites = {}
        for address, answer in self._connection.ask(self._functions.find_site, question, self._offers).items():
            if isinstance(answer, BaseException):
                raise InfrastructureError(
                    f"The worker {address} can't be asked: {type(answer).__name__}: {answer}.",
                    remedy="See what it prints, and start it again.",
                )
            found = unpack(answer, SiteAnswer)
            if found.failure is not None:
                raise WorkerError(found.failure)
            assert found.site is not None
            sites[address] = found.site
        return sites


def _describe(systems: Iterable[System]) -> str:
    """`linux-x86_64: cpython 3.11.7, cpython 3.13.5; win32-x86_64: cpython 3.13.5`."""
    return "; ".join(
        f"{one.tag}: " + ", ".join(f"{each.implementation} {each.version}" for each in one.interpreters)
        for one in systems
    )
