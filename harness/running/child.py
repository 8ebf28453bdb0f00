"""One suite's process and everything it starts, from its start until the last of them is gone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import psutil

from harness.servers import guard
from harness.servers.guardian import NEW_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

DUMP_SIGNAL = "SIGUSR1"
"""Name of the signal at which the probe dumps all stacks. Windows has none; there the probe looks at the clock."""

DUMP_PATIENCE = 1.0
"""Seconds a process gets to dump its stacks before it is killed."""

SAMPLE = 0.05
"""Seconds between two looks at a process tree's CPU time where the system doesn't add it up."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended."""

    code: int  # negative: the signal's number
    cpu: float  # seconds, user and system, of the process and the descendants it waited for
    overran: bool  # it reached the time limit
    killed: bool  # we killed it, for whatever reason
    survivors: tuple[int, ...]  # processes that could not be killed


class Child:
    """A process in a session of its own, with its output in the files `stdout` and `stderr` of `scratch`.

    `marker` is in the environment of its descendants only, which is how those are found that left the process tree.
    `kill` may be called from any thread at any time.
    """

    def __init__(
        self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], scratch: Path, marker: str
    ) -> None:
        self._marker = marker
        self._overran = False
        self._killed = False
        with (scratch / "stdout").open("wb") as stdout, (scratch / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        self.pid = self._process.pid
        self._roots: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            self._roots.append(psutil.Process(self.pid))

    def wait(self, limit: float, dumped: Callable[[], bool]) -> Ending:
        """Wait for the end, or bring it about after `limit` seconds.

        At the limit the process is asked for its stacks; `dumped` says when it has written them.
        """
        timer = threading.Timer(limit, self._overrun, [dumped])
        timer.start()
        try:
            code, cpu = self._reap()
        except BaseException:
            self.kill()
            self._process.wait()
            raise
        finally:
            timer.cancel()
            timer.join()
        return Ending(
            code=code, cpu=cpu, overran=self._overran, killed=self._killed, survivors=self._kill_descendants()
        )

    def kill(self) -> None:
        """Kill the process and all its descendants."""
        self._killed = True
        guard.kill_all(self._roots, self._marker)

    def _overrun(self, dumped: Callable[[], bool]) -> None:
        if not any(guard.alive(root) for root in self._roots):
            return
        self._overran = True
        if hasattr(signal, DUMP_SIGNAL):
            deadline = time.monotonic() + DUMP_PATIENCE
            for root in self._roots:
                with contextlib.suppress(psutil.NoSuchProcess):
                    root.send_signal(getattr(signal, DUMP_SIGNAL))
                while guard.alive(root) and not dumped() and time.monotonic() < deadline:
                    time.sleep(0.01)
        self.kill()

    def _reap(self) -> tuple[int, float]:
        """Exit code and CPU time."""
        if not hasattr(os, "wait4"):
            return self._reap_sampling()
        _, status, usage = os.wait4(self.pid, 0)
        # Popen must know, or it would wait for a process number that somebody else has by now.
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode, usage.ru_utime + usage.ru_stime

    def _reap_sampling(self) -> tuple[int, float]:
        cpu = 0.0
        while True:
            cpu = max(cpu, self._cpu_now())
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(SAMPLE), cpu

    def _cpu_now(self) -> float:
        total = 0.0
        for process in guard.tree(self._roots):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def _kill_descendants(self) -> tuple[int, ...]:
        """Kill what the process left behind."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return tuple(sorted(process.pid for process in guard.kill_all(self._roots, self._marker)))
