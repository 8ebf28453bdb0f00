"""A whole run: environments are created while cells of earlier ones already run."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from harness.pipeline.environment_run import EnvironmentRun

if TYPE_CHECKING:
    from harness.environments.model import EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.pipeline.settings import Settings


def execute_plan(settings: Settings, provisioner: Provisioner, *, jobs: int) -> None:
    """Run every cell of the plan in every environment, `jobs` cells at a time, and write the results.

    Whatever ends it early (Ctrl-C, a full disk, a server that can't be reached) kills the cells that are running,
    keeps the outcomes that were written, leaves the files of unfinished environments without a footer, and is raised.
    """
    plan, progress = settings.plan, settings.progress
    stopping = threading.Event()

    def start(request: EnvironmentRequest) -> list[Future[None]]:
        if stopping.is_set():
            raise CancelledError
        return EnvironmentRun(settings, provisioner.provide(request), stopping).start(workers)

    progress.started(len(plan.cells) * len(plan.requests) * plan.repeat)
    with ThreadPoolExecutor(jobs, "cell") as workers, ThreadPoolExecutor(1, "environment") as builder:
        builds = [builder.submit(start, request) for request in plan.requests]
        try:
            for build in builds:
                raise_first(build.result())
            raise_first([future for build in builds for future in build.result()], to_the_end=True)
        except BaseException:
            stopping.set()
            workers.shutdown(wait=False, cancel_futures=True)
            builder.shutdown(wait=False, cancel_futures=True)
            settings.launcher.stop()
            raise
    progress.finished()


def raise_first(futures: list[Future[None]], *, to_the_end: bool = False) -> None:
    """Raise what a future that has already ended raised; with `to_the_end`, wait for all of them first."""
    done, _ = wait(futures, timeout=None if to_the_end else 0, return_when=FIRST_EXCEPTION)
    for future in done:
        future.result()
