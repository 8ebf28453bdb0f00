"""Giving tasks to workers, a few ahead of what they are at, until all are done."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.dask.connection import KEPT
from harness.dask.offers import PROGRAM
from harness.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.dask.connection import DaskConnection, DaskMessage
    from harness.dask.offers import Offer

AHEAD = 2
"""Tasks a worker has, the one it is at included: when it is done, the next one is there already."""

INTERVAL = 0.2
"""Seconds between two looks at what goes on. On Windows a wait without end can't be interrupted."""

LOOK = 2.0
"""Seconds between two looks at which workers there are."""

PATIENCE = 30.0
"""Seconds to wait for a worker when the last one that could run a task has gone. A nanny starts one anew in a few."""


@dataclass(frozen=True, kw_only=True)
class DaskTask:
    """Something that a worker is to do."""

    name: str
    function: Callable[[bytes], bytes]
    data: bytes
    needs: frozenset[str]  # resources
    done: Callable[[bytes], None]  # gets what came back; it may add further tasks
    about: str  # for messages
    urgent: bool = False


class Dispatcher:
    """Runs tasks until there are none left. Not for several threads."""

    def __init__(self, connection: DaskConnection, heard: Callable[[dict[str, Any]], None]) -> None:
        self._connection = connection
        self._heard = heard  # is called with each event
        self._waiting: dict[frozenset[str], deque[DaskTask]] = defaultdict(deque)
        self._running: dict[str, DaskTask] = {}
        self._offers: list[Offer] = []
        self._looked = -LOOK
        self._complete = time.monotonic()  # when each task had a worker that could run it, the last time

    def add(self, task: DaskTask) -> None:
        """Run it too."""
        if task.urgent:
            self._waiting[task.needs].appendleft(task)
        else:
            self._waiting[task.needs].append(task)

    def run(self) -> None:
        """Return when all tasks are done. Raises `InfrastructureError` where they can't be."""
        while self._running or any(self._waiting.values()):
            if time.monotonic() - self._looked > LOOK:
                self._look()
            self._submit()
            ended = self._connection.wait(INTERVAL)
            if ended is not None and ended.event is not None:
                self._heard(ended.event)
            elif ended is not None:
                self._settle(ended)

    def _look(self) -> None:
        """See which workers there are. The scheduler waits for ever for one that a task needs and nobody is."""
        self._offers = list(self._connection.list_offers().values())
        now = self._looked = time.monotonic()
        needed = [task.needs for task in self._running.values()]
        needed += [needs for needs, tasks in self._waiting.items() if tasks]
        missing = next((needs for needs in needed if not self._count_workers(needs)), None)
        if missing is None:
            self._complete = now
        elif now - self._complete > PATIENCE:
            named = " and ".join(sorted(name for name in missing if not name.startswith(PROGRAM)))
            raise InfrastructureError(
                f"No worker with {named} is left, and none has come back for {PATIENCE:.0f} s.", remedy=KEPT
            )

    def _count_workers(self, needs: frozenset[str]) -> int:
        return sum(needs <= offer.names for offer in self._offers)

    def _submit(self) -> None:
        running = Counter(task.needs for task in self._running.values())
        for needs, tasks in self._waiting.items():
            for _ in range(min(len(tasks), AHEAD * self._count_workers(needs) - running[needs])):
                task = tasks.popleft()
                self._running[task.name] = task
                self._connection.submit(task.name, task.function, task.data, needs=needs, urgent=task.urgent)

    def _settle(self, ended: DaskMessage) -> None:
        task = self._running.pop(ended.name)
        if ended.error is None:
            task.done(ended.data)
            return
        if type(ended.error).__name__ == "KilledWorker":
            raise InfrastructureError(
                f"Each worker that was given {task.about} was gone before it ended: {ended.error}", remedy=KEPT
            )
        raise InfrastructureError(
            f"A worker can't run {task.about}: {type(ended.error).__name__}: {ended.error}.",
            remedy=f"See what the workers print. {KEPT}",
        )
