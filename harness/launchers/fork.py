"""The launcher `fork`: a warm process for each environment and ini file, forked once a suite. POSIX only.

The warm processes of one environment are forked themselves, from one that has imported what they need.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

import msgspec

from harness.launchers.messages import WarmLostError
from harness.launchers.model import INI, NeedsNewProcessError
from harness.launchers.seed import Seed, Seeds
from harness.launchers.spawn import ARGUMENTS, SpawnLauncher
from harness.launchers.warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.launchers.child import Ending
    from harness.launchers.model import Job
    from harness.processes.guardian import Guardian

ENDINGS = {
    213: "its conftest files can't be imported, or change what its tests import",
    214: "what it leaves is finalized in another way when a fork is shut down",
}
"""Exit codes of forks that can't go on as a new process would (`harness/probe/warm.py`), and what each means."""

MOST_IDLE = 8
"""Warm processes that wait for their next suite. With its levels (`harness/probe/levels.py`) one takes 10 to 60 MB."""

Key = tuple[str, str, str]


class ForkLauncher(SpawnLauncher):
    """Runs suites of the catalogue in forks of a process that has started pytest, other suites in a new process.

    Whether a suite may be forked isn't read from its files: whoever made it says so in `Job.spawned`. What a fork
    leaves that only a new process finalizes as pytest's own would is found when the fork ends.

    The fork has a session, standard output and database of its own and is gone with all its descendants when `run`
    returns. What a warm process has imported no suite can change: each suite sees a copy.
    """

    name = "fork"

    def __init__(self, *, guardian: Guardian, probe: Path | None = None) -> None:
        super().__init__(guardian=guardian, probe=probe)
        self._idle: list[tuple[Key, Warm]] = []
        self._cold: dict[Key, str] = {}  # what can't be warmed, and why
        self._pool = threading.Lock()
        self._seeds = Seeds(self._make_seed)

    def stop(self) -> None:
        """Kill every suite that is running, and run no more."""
        super().stop()
        self.close()

    def close(self) -> None:
        """End the warm processes that wait."""
        with self._pool:
            idle, self._idle = self._idle, []
        for _, warm in idle:
            warm.__exit__()

    def _execute(self, job: Job, scratch: Path) -> Ending | None:
        if job.spawned:
            ending = super()._execute(job, scratch)
            return ending and msgspec.structs.replace(ending, spawned=job.spawned)
        try:
            return self._run_forked(job, scratch)
        except WarmLostError as error:
            raise NeedsNewProcessError(str(error)) from error

    def _run_forked(self, job: Job, scratch: Path) -> Ending | None:
        with self._warm(job) as warm, warm.hold_files(job.suite):
            ending = self._see_through(lambda: warm.fork(job, scratch), job, scratch, watched=True)
        # Not inside: the warm process has nothing to do with it and goes on.
        if ending is not None and ending.code in ENDINGS:
            raise NeedsNewProcessError(ENDINGS[ending.code])
        return ending

    @contextlib.contextmanager
    def _warm(self, job: Job) -> Iterator[Warm]:
        """A warm process for the job, nobody else's while the context is open."""
        key = (str(job.python), job.client, (job.suite / INI).read_text())
        warm = self._take(key) or self._start_new(key, job)
        try:
            yield warm
        except BaseException as error:
            if not isinstance(error, WarmLostError):
                warm.damaged = True
            raise
        finally:
            self._give_back(key, warm)

    def _take(self, key: Key) -> Warm | None:
        with self._pool:
            for index, (known, warm) in enumerate(self._idle):
                if known == key:
                    del self._idle[index]
                    return warm
        return None

    def _start_new(self, key: Key, job: Job) -> Warm:
        if key in self._cold:
            raise WarmLostError(self._cold[key])
        warm = Warm(key[-1], guardian=self._guardian, marker=self._make_marker(), seed=self._seeds.hold(job))
        try:
            return warm.__enter__()
        except WarmLostError as error:
            self._cold[key] = str(error)
            raise

    def _make_seed(self, job: Job) -> Seed:
        marker = self._make_marker()
        return Seed(job, guardian=self._guardian, marker=marker, probe=self._probe, arguments=ARGUMENTS)

    def _make_marker(self) -> dict[str, str]:
        """A warm process's is written over that of its seed, so all are equally long."""
        return self._guardian.environment(f"warm-{next(self._units):07}")

    def _give_back(self, key: Key, warm: Warm) -> None:
        """Keep it for the next suite, or end it: this one if it is lost, else the one that has waited longest."""
        surplus = [warm] if warm.lost or self._stopped else []
        with self._pool:
            if not surplus:
                self._idle.append((key, warm))
                if len(self._idle) > MOST_IDLE:
                    surplus.append(self._idle.pop(0)[1])
        for each in surplus:
            each.__exit__()


def can_fork() -> bool:
    """Whether this system can fork."""
    return hasattr(os, "fork")
