"""What is compared: plain pytest and the launchers, each run of a suite measured."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import psutil

from benchmarks.model import OutcomeLetters, Sample
from benchmarks.outcome_letters import read_observed, read_printed
from benchmarks.spread import BASE
from harness.catalogue.rendering import write_suite
from harness.errors import InfrastructureError
from harness.launchers.fork import ForkLauncher, can_fork
from harness.launchers.model import Job, NeedsNewProcessError
from harness.launchers.spawn import SpawnLauncher
from harness.processes.killing import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.environments.model import Built
    from harness.evidence.model import Evidence, Timings
    from harness.launchers.model import Launcher
    from harness.processes.guardian import Guardian
    from harness.servers.model import Server

LIMIT = 30.0
"""Seconds a suite may take."""


class PlainLauncher(SpawnLauncher):
    """Runs `python -m pytest -q` in the suite's folder as a person would: without the probe, nothing switched off.

    Of the evidence only the output and the ending say anything.
    """

    name = BASE

    def _command(self, job: Job, *_: object) -> list[str]:
        return [str(job.python), "-m", "pytest", "-q"]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A way of running a suite, and how to read from its evidence what the suite did."""

    launcher: Launcher
    course: Callable[[Evidence], OutcomeLetters]

    @property
    def name(self) -> str:
        return self.launcher.name


@contextlib.contextmanager
def open_contenders(guardian: Guardian) -> Iterator[tuple[Contender, ...]]:
    """All that this system has; plain pytest first. Warm processes end with the context."""
    plain = Contender(launcher=PlainLauncher(guardian=guardian), course=read_printed)
    spawn = Contender(launcher=SpawnLauncher(guardian=guardian), course=read_observed)
    if not can_fork():
        yield plain, spawn
        return
    with contextlib.closing(ForkLauncher(guardian=guardian)) as launcher:
        yield plain, spawn, Contender(launcher=launcher, course=read_observed)


class ContenderRunner:
    """Runs a suite once under a contender, alone, and says what that took.

    Each run has a folder of its own, as in a matrix, but for plain pytest: its folders stay, so that from its second
    run on it finds the suite byte-compiled, too.
    """

    def __init__(self, server: Server, scratch: Path) -> None:
        self._server = server
        self._scratch = scratch
        self._folders: dict[tuple[str, str], Path] = {}
        self._numbers = count()
        self._warm = WarmProcesses()

    @property
    def warm_starts(self) -> list[float]:
        """What each warm process had spent when it had forked for the first time, in the order of their starts."""
        return self._warm.starts

    def run(
        self, contender: Contender, built: Built, cell: str, files: dict[str, str]
    ) -> tuple[OutcomeLetters, Sample]:
        """Raises `InfrastructureError` when what was observed can't be relied on or wasn't forked as it should be."""
        where = f"{cell} in {built.environment.id}"
        clock, own = time.perf_counter(), time.process_time()
        with self._folder(contender, built, cell, files) as suite, self._server.lease() as database:
            job = Job(suite=suite, python=built.python, database=database, limit=LIMIT, client=built.environment.client)
            try:
                evidence, timings = contender.launcher.run(job)
            except NeedsNewProcessError as reason:
                raise _make_not_forked_error(where, str(reason)) from reason
        own, wall = time.process_time() - own, time.perf_counter() - clock
        _require_sound(where, contender.name, evidence, timings)
        if isinstance(contender.launcher, ForkLauncher):
            self._warm.look()
        return contender.course(evidence), Sample(cpu=timings.cpu, harness=own, wall=wall)

    @contextlib.contextmanager
    def _folder(self, contender: Contender, built: Built, cell: str, files: dict[str, str]) -> Iterator[Path]:
        if contender.name == BASE:
            key = (built.environment.digest, cell)
            if key not in self._folders:
                self._folders[key] = self._new(files)
            yield self._folders[key]
            return
        folder = self._new(files)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _new(self, files: dict[str, str]) -> Path:
        folder = self._scratch / f"suite-{next(self._numbers)}"
        write_suite(files, folder)
        return folder


def _require_sound(where: str, contender: str, evidence: Evidence, timings: Timings) -> None:
    if evidence.infrastructure:
        raise InfrastructureError(
            f"{where} could not be run by {contender}: {evidence.infrastructure}.", remedy="Mend that, then run again."
        )
    if timings.spawned:
        raise _make_not_forked_error(where, timings.spawned)


def _make_not_forked_error(where: str, reason: str) -> InfrastructureError:
    return InfrastructureError(
        f"{where} was not forked but spawned: {reason}.", remedy="Leave that cell out: it says nothing about forks."
    )


class WarmProcesses:
    """What the warm processes that this process has started had spent when they had forked for the first time."""

    def __init__(self) -> None:
        self.starts: list[float] = []
        self._seen: set[psutil.Process] = set()

    def look(self) -> None:
        """Look for warm processes that have come since the last look."""
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if process not in self._seen and ":warm-" in process.environ().get(MARKER, ""):
                    self.starts.append(measure_own_cpu(process))
                    self._seen.add(process)


def measure_own_cpu(process: psutil.Process) -> float:
    """Seconds of CPU that a process has spent itself."""
    if sys.platform == "linux":
        # As clock_getcpuclockid(3) does it. /proc, where psutil looks, counts in steps of 10 ms: more than a fork.
        spent = time.clock_gettime((~process.pid << 3) | 2)
    else:
        times = process.cpu_times()
        spent = times.user + times.system
    return spent
