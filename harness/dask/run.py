"""A run on a cluster: each environment is described by a worker, then its pieces are run by any that can."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from harness.dask.dispatching import DaskTask, Dispatcher
from harness.dask.model import EnvironmentAnswer, EnvironmentQuestion, Piece, PieceAnswer, WorkerError, pack, unpack
from harness.dask.offers import list_needs
from harness.environments.releases import load_releases
from harness.launchers.model import REFERENCE
from harness.output.text import count, shorten_environment
from harness.pipeline.settings import make_run_id
from harness.planning.costs import Estimator, load_costs

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.cli.fields import RecordedOptions
    from harness.dask.connection import DaskConnection
    from harness.dask.environment import DaskPlace, SpreadEnvironment
    from harness.environments.model import EnvironmentRequest
    from harness.output.progress import Progress

SHORTEST, LONGEST = 2.0, 20.0
"""Seconds, by recorded cost, that a piece takes: for each a server and a warm process are started, and what a lost
worker was at runs again."""

ROUNDS = 3
"""Pieces for each worker, so that all end at about the same time."""


class SpreadRun:
    """One run over all environments that are added. Not for several threads."""

    def __init__(self, connection: DaskConnection, functions: Any, progress: Progress) -> None:
        self.id = make_run_id()
        self._connection = connection
        self._functions = functions  # the module that workers run functions of
        self._progress = progress
        self._dispatcher = Dispatcher(connection, self._hear)
        self._environments: list[SpreadEnvironment] = []
        self._pieces: dict[int, tuple[Piece, str]] = {}  # by number, with the environment's id
        self._begun: dict[int, list[str]] = defaultdict(list)  # by number, the workers that were at it

    def add(self, environment: SpreadEnvironment) -> None:
        """Run this too."""
        self._environments.append(environment)

    def execute(self, options: RecordedOptions, *, workers: int) -> None:
        """Run everything and store it as it comes. What ends it early ends what workers are at, and is raised."""
        plans = {id(one.recording.plan): one.recording.plan for one in self._environments}.values()
        for note in dict.fromkeys(note for plan in plans for note in plan.notes):
            self._progress.note(note)
        self._connection.listen(self.id)
        self._progress.started(sum(plan.runs for plan in plans))
        length = self._choose_length(workers)
        try:
            for number, environment in enumerate(self._environments):
                start = partial(self._start, environment, options, length)
                self._dispatcher.add(
                    make_question(
                        self._functions.describe,
                        environment.request,
                        environment.place,
                        environment.packages,
                        start,
                        name=f"{self.id}-environment-{number}",
                    )
                )
            self._dispatcher.run()
        except BaseException:
            self._connection.cancel(self._functions.stop, self.id)
            raise
        finally:
            for environment in self._environments:
                environment.close()
        lost = {worker for workers in self._begun.values() for worker in workers[:-1]}
        if lost:
            again = sum(self._pieces[number][0].runs * (len(workers) - 1) for number, workers in self._begun.items())
            self._progress.note(f"{count(again, 'cell')} ran again, because {count(len(lost), 'worker')} went away.")
        self._progress.finished()

    def _choose_length(self, workers: int) -> float:
        """Seconds of a piece."""
        total = sum(
            sum(self._make_estimator(one, spawns=False).estimate_cells(one.request, one.cells))
            * one.recording.plan.repeat
            for one in self._environments
        )
        return min(max(total / (workers * ROUNDS), SHORTEST), LONGEST)

    def _start(
        self, environment: SpreadEnvironment, options: RecordedOptions, length: float, answer: EnvironmentAnswer
    ) -> None:
        """What the worker says of an environment is there: run what is to be run in it."""
        template = Piece(
            run=self.id,
            number=0,
            request=environment.request,
            python=environment.place.interpreter.version,
            cells=(),
            samples=(),
            profile=environment.recording.plan.profile,
            server=options.server,
            launcher=options.launcher,
            jobs=options.jobs,
            limit=environment.recording.limit,
            memory=environment.recording.memory,
            recheck=options.recheck,
        )
        spawns = any(site.launcher == REFERENCE for site in environment.place.sites)
        estimator = self._make_estimator(environment, spawns=spawns)
        for unnumbered in environment.list_pieces(answer, template, estimator, length):
            piece = msgspec.structs.replace(unnumbered, number=len(self._pieces) + 1)
            self._pieces[piece.number] = (piece, environment.id)
            where = shorten_environment(environment.id)
            self._dispatcher.add(
                DaskTask(
                    name=f"{self.id}-{piece.number}",
                    function=self._functions.run_piece,
                    data=pack(piece),
                    needs=list_needs(environment.place.system, environment.place.interpreter),
                    done=partial(self._store, environment, piece),
                    about=f"{count(piece.runs, 'cell')} on {where}",
                )
            )

    def _store(self, environment: SpreadEnvironment, piece: Piece, data: bytes) -> None:
        answer = unpack(data, PieceAnswer)
        for note in answer.notes:
            self._progress.note(note)
        environment.store(piece, answer)

    def _hear(self, event: dict[str, Any]) -> None:
        """A worker has begun with a piece. Dask adds its address to what it sends."""
        number = event["started"]
        piece, environment = self._pieces[number]
        workers = self._begun[number]
        workers.append(event["worker"])
        if len(workers) == 1:
            self._progress.cell_started(piece.cells[0], environment)
        else:
            what = f"{count(piece.runs, 'cell')} on {shorten_environment(environment)}"
            self._progress.note(f"The worker {workers[-2]} is gone: {what} run again.")

    def _make_estimator(self, environment: SpreadEnvironment, *, spawns: bool) -> Estimator:
        return Estimator(
            costs=load_costs(), catalogue=environment.recording.catalogue, releases=load_releases(), spawns=spawns
        )


def make_question(
    function: Callable[[bytes], bytes],
    request: EnvironmentRequest,
    place: DaskPlace,
    packages: tuple[tuple[str, ...], ...],
    done: Callable[[EnvironmentAnswer], None],
    *,
    name: str,
) -> DaskTask:
    """Ask a worker what an environment would be there. Raises `WorkerError` in `run` where it can't say."""

    def take(data: bytes) -> None:
        answer = unpack(data, EnvironmentAnswer)
        if answer.failure is not None:
            raise WorkerError(answer.failure)
        done(answer)

    question = EnvironmentQuestion(request=request, python=place.interpreter.version, packages=packages)
    return DaskTask(
        name=name,
        function=function,
        data=pack(question),
        needs=list_needs(place.system, place.interpreter),
        done=take,
        about=f"the environment for pytest-asyncio {request.plugin} on Python {request.python}",
        urgent=True,
    )
