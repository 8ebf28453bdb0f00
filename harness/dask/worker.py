"""What a Dask worker does here: `dask worker ADDRESS --preload harness.dask.worker`.

A piece runs through the same code as a run on one machine, with the worker's own cache, interpreters and servers.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import get_worker

from harness.catalogue.loading import load_catalogue
from harness.cli.fields import ServedOptions
from harness.dask.model import (
    EnvironmentAnswer,
    EnvironmentQuestion,
    Failure,
    Piece,
    PieceAnswer,
    SiteAnswer,
    SiteQuestion,
    note_failure,
    pack,
    unpack,
)
from harness.dask.offers import make_resources
from harness.environments.identity import split_implementation
from harness.environments.interpreters import discover
from harness.environments.model import Environment
from harness.environments.provisioning import Provisioner
from harness.errors import HarnessError
from harness.evidence.store import FOLDER
from harness.launchers.opening import open_launcher
from harness.output.progress import Silence
from harness.pipeline.run import end_early, execute_plan
from harness.pipeline.settings import Site, describe_machine
from harness.pipeline.setup import A_CORE, run_context
from harness.planning.plan import Plan
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server
from harness.store.files import list_results_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.environments.model import EnvironmentRequest
    from harness.pipeline.settings import Settings

_endings: dict[str, list[Callable[[], None]]] = defaultdict(list)
"""By run: what ends each of its pieces that this worker is at."""

_stopped: set[str] = set()
"""Runs that were stopped. One may be stopped while a piece of it gets ready."""

_lock = threading.Lock()


async def dask_setup(worker: Any) -> None:
    """Offer what this machine has, before the worker joins the cluster. Dask calls it for a preload."""
    interpreters = (await asyncio.to_thread(discover)).found
    resources = make_resources(interpreters)
    worker.state.total_resources.update(resources)
    worker.state.available_resources.update(resources)


async def find_site(data: bytes, dask_worker: Any) -> bytes:
    """What cells run on here. It runs outside of tasks, also while this worker is at something else."""
    return pack(await asyncio.to_thread(_find_site, unpack(data, SiteQuestion), dask_worker.address))


def _find_site(question: SiteQuestion, address: str) -> SiteAnswer:
    try:
        with (
            Guardian() as guardian,
            open_server(question.server, databases=1, guardian=guardian) as server,
            open_launcher(question.launcher, guardian) as launcher,
        ):
            return SiteAnswer(site=Site(machine=describe_machine(), server=server.info, launcher=launcher.name))
    except HarnessError as error:
        return SiteAnswer(failure=note_failure(error, address))


def describe(data: bytes) -> bytes:
    """What an environment would be here. A task."""
    question = unpack(data, EnvironmentQuestion)
    try:
        found = _provide(question.request, question.python).describe(question.request, question.packages)
    except HarnessError as error:
        return pack(EnvironmentAnswer(failure=note_failure(error, get_worker().address)))
    if isinstance(found, Environment):
        return pack(EnvironmentAnswer(environment=found))
    return pack(EnvironmentAnswer(unresolvable=found))


def run_piece(data: bytes) -> bytes:
    """Run the cells of a piece and return what came of them. A task."""
    piece = unpack(data, Piece)
    worker = get_worker()
    worker.log_event(piece.run, {"started": piece.number})
    notes = _Notes()
    with tempfile.TemporaryDirectory(dir=worker.local_directory) as name:
        folder = Path(name)
        failure = None
        try:
            _run(piece, folder, notes, jobs=piece.jobs or worker.state.nthreads * A_CORE)
        except HarnessError as error:
            failure = note_failure(error, worker.address)
        return pack(_collect(folder, notes, failure))


def stop(run: str) -> None:
    """End what this worker is at of a run. It runs outside of tasks."""
    with _lock:
        _stopped.add(run)
        endings = [*_endings.get(run, ())]
    for end in endings:
        threading.Thread(target=end, name="end", daemon=True).start()  # this thread is the worker's own


def _run(piece: Piece, folder: Path, notes: _Notes, *, jobs: int) -> None:
    catalogue = load_catalogue()
    plan = Plan(
        cells=tuple(map(catalogue.parse, piece.cells)),
        requests=(piece.request,),
        repeat=max(piece.samples) + 1,
        samples=piece.samples,
        profile=piece.profile,
    )
    options = ServedOptions(server=piece.server, jobs=jobs, limit=piece.limit, memory=piece.memory)
    provisioner = _provide(piece.request, piece.python)
    with run_context(options, plan, catalogue, provisioner, folder=folder, launcher=piece.launcher) as (opened, most):
        settings = replace(opened, run=piece.run, progress=notes, recheck=piece.recheck)
        with _let_be_stopped(settings, provisioner):
            execute_plan(settings, provisioner, jobs=most)


@contextmanager
def _let_be_stopped(settings: Settings, provisioner: Provisioner) -> Iterator[None]:
    end = partial(end_early, settings, provisioner)
    with _lock:
        _endings[settings.run].append(end)
        if settings.run in _stopped:
            settings.stopping.set()
    try:
        yield
    finally:
        with _lock:
            _endings[settings.run].remove(end)


def _collect(folder: Path, notes: _Notes, failure: Failure | None) -> PieceAnswer:
    files = list_results_files(folder)
    evidence = {path.name.partition(".")[0]: path.read_bytes() for path in (folder / FOLDER).rglob("*.json.gz")}
    return PieceAnswer(
        lines=files[0].read_bytes() if files else b"",
        evidence=evidence,
        notes=tuple(notes.texts),
        failure=failure,
    )


def _provide(request: EnvironmentRequest, version: str) -> Provisioner:
    """Makes the environment with just this version of its Python, whatever else of it there is here."""
    wanted = (split_implementation(request.python)[0], version)
    return Provisioner(interpreters=[one for one in discover().found if (one.implementation, one.version) == wanted])


class _Notes(Silence):
    """Keeps notes for the client, which shows all else itself."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)
