"""A whole run: environments are created while cells of earlier ones already run."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from harness.pipeline.environment_run import EnvironmentRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.environments.model import EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.pipeline.settings import Settings

INTERVAL = 0.2
"""Seconds between two looks at what goes on. On Windows a wait without end can't be interrupted."""


def execute_plan(settings: Settings, provisioner: Provisioner, *, jobs: int) -> None:
    """Run every cell of the plan in every environment, `jobs` cells at a time, and write the results.

    Whatever ends it early (Ctrl-C, a full disk, a server that has gone) kills the cells that are running and the
    environment that is being made, keeps the outcomes that were written, leaves the files of unfinished environments
    without a footer, and is raised: the first failure, at once.
    """
    environments: list[EnvironmentRun] = []
    pending = Pending()
    building = threading.Lock()  # Ctrl-C while the builder's thread starts leaves one that its pool doesn't know

    def submit(work: Callable[..., None], *arguments: object) -> None:
        pending.add([workers.submit(work, *arguments)])

    def start(request: EnvironmentRequest) -> None:
        with building:
            if settings.stopping.is_set():
                raise CancelledError
            environment = EnvironmentRun(settings, provisioner, request, submit)
            environments.append(environment)
            environment.start()

    settings.progress.started(settings.plan.runs)
    try:
        with ThreadPoolExecutor(jobs, "cell") as workers, ThreadPoolExecutor(1, "environment") as builder:
            try:
                pending.add(builder.submit(start, request) for request in settings.plan.requests)
                pending.wait()
            except BaseException:
                settings.stopping.set()
                workers.shutdown(wait=False, cancel_futures=True)
                builder.shutdown(wait=False, cancel_futures=True)
                end_early(settings, provisioner)
                raise
    finally:
        with building:
            for environment in environments:
                environment.close()
    settings.progress.finished()


def end_early(settings: Settings, provisioner: Provisioner) -> None:
    """Kill the cells that are running and the environment that is being made: the run ends. For any thread."""
    settings.stopping.set()
    provisioner.stop()
    settings.launcher.stop()
    if settings.reference_launcher is not None:
        settings.reference_launcher.stop()


class Pending:
    """Futures that are all to end well. More may be added by one of them before it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 1  # whoever waits: without it, all could have ended before the last was added
        self._failure: BaseException | None = None
        self._settled = threading.Event()

    def add(self, futures: Iterable[Future[None]]) -> None:
        """Wait for these too."""
        for future in futures:
            with self._lock:
                self._open += 1
            future.add_done_callback(self._end_one)

    def wait(self) -> None:
        """Return when all have ended, or raise what the first one raised that didn't end well. Call it once."""
        self._count_down(None)
        while not self._settled.wait(INTERVAL):
            pass
        if self._failure is not None:
            raise self._failure

    def _end_one(self, future: Future[None]) -> None:
        self._count_down(None if future.cancelled() else future.exception())

    def _count_down(self, failure: BaseException | None) -> None:
        with self._lock:
            self._open -= 1
            self._failure = self._failure or failure
            if self._failure is not None or self._open == 0:
                self._settled.set()
