"""One suite's process and everything it starts, from its start until the last of them is gone."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol

import msgspec
import psutil

from harness.launchers.deadlines import Overrun
from harness.launchers.limits import FIRST_LOOK, INTERVAL, Exceeded
from harness.processes import killing as guard
from harness.processes.guardian import NEW_GROUP
from harness.processes.systems import name_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from harness.launchers.deadlines import Deadline

    Processes = set[psutil.Process]

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
    overran: Overrun  # the limit on time that it reached
    exceeded: Exceeded = ""  # the other limit it was over, for which it was killed
    killed: bool  # we killed it, for whatever reason
    survivors: tuple[int, ...]  # processes that could not be killed
    spawned: str = ""  # why the launcher `fork` ran it in a new process
    unread: str = ""  # why the memory that its processes took isn't known


class Reaped(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a process that has ended."""

    code: int  # negative: the signal's number
    cpu: float  # seconds, user and system, of the process and the descendants it waited for
    alone: bool = False  # it is known that it left no process behind


class Process(Protocol):
    """A process that has started, in a session of its own."""

    pid: int

    def ends_within(self, seconds: float) -> bool:
        """Whether it ends so soon, as far as the system can tell; returns then. It is still to be reaped."""
        ...

    def reap(self) -> Reaped:
        """Wait for its end. Nobody else does."""
        ...


class ChildProcess:
    """A process that was started for one suite, with its output in the files `stdout` and `stderr` of `scratch`."""

    def __init__(self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str], scratch: Path) -> None:
        with (
            (scratch / "stdout").open("wb") as stdout,
            (scratch / "stderr").open("wb") as stderr,
            name_program(command[0]),
        ):
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

    def ends_within(self, seconds: float) -> bool:
        """Whether it does; never known but on Linux."""
        if not hasattr(os, "pidfd_open"):
            return False
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            return is_readable(descriptor, seconds)
        finally:
            os.close(descriptor)

    def reap(self) -> Reaped:
        """Wait for its end."""
        if not hasattr(os, "wait4"):
            return self._reap_sampling()
        _, status, usage = os.wait4(self.pid, 0)
        # Popen must know, or it would wait for a process number that somebody else has by now.
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Reaped(code=self._process.returncode, cpu=usage.ru_utime + usage.ru_stime)

    def _reap_sampling(self) -> Reaped:
        roots = []
        with contextlib.suppress(psutil.NoSuchProcess):
            roots.append(psutil.Process(self.pid))
        cpu = 0.0
        while True:
            cpu = max(cpu, _cpu_now(roots))
            with contextlib.suppress(subprocess.TimeoutExpired):
                return Reaped(code=self._process.wait(SAMPLE), cpu=cpu)


class Child:
    """A suite's process and its descendants.

    `marker` is in their environment only (and in that of the processes of the session `spared`, if given), which is how
    those are found that left the process tree. `kill` may be called from any thread at any time.
    """

    def __init__(self, process: Process, *, marker: str, spared: int | None = None) -> None:
        self._process = process
        self._marker = marker
        self._spared = spared
        self._overran: Overrun = ""
        self._exceeded: Exceeded = ""
        self._killed = False
        self.pid = process.pid
        self._roots: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            self._roots.append(psutil.Process(self.pid))

    def wait(self, deadline: Deadline, *, dumped: Callable[[], bool], over: Callable[[Processes], Exceeded]) -> Ending:
        """Wait for the end, or bring it about: at the deadline, or when the processes are `over` another limit.

        At the limit the process is asked for its stacks; `dumped` says when it has written them.
        """
        ended = threading.Event()
        first = time.monotonic() + FIRST_LOOK
        watch = threading.Thread(target=self._watch, args=(ended, first, deadline, dumped, over))
        try:
            if not self._process.ends_within(min(FIRST_LOOK, deadline.count_remaining())):
                watch.start()
            reaped = self._process.reap()
        except BaseException:
            self.kill()
            with contextlib.suppress(Exception):
                self._process.reap()
            raise
        finally:
            ended.set()
            if watch.ident is not None:
                watch.join()
        survivors = () if reaped.alone else self._kill_descendants()
        return Ending(
            code=reaped.code,
            cpu=reaped.cpu,
            overran=self._overran,
            exceeded=self._exceeded,
            killed=self._killed,
            survivors=survivors,
        )

    def kill(self) -> None:
        """Kill the process and all its descendants."""
        self._killed = True
        self._kill_all()

    def _watch(
        self,
        ended: threading.Event,
        first: float,
        deadline: Deadline,
        dumped: Callable[[], bool],
        over: Callable[[Processes], Exceeded],
    ) -> None:
        """Look at the processes from `first` on until they have ended, and kill them if a limit is reached."""
        pause = max(0.0, first - time.monotonic())
        while not ended.wait(min(pause, deadline.count_remaining())):
            reached = deadline.find_reached()
            if reached:
                self._overrun(reached, dumped)
                return
            self._exceeded = over(guard.find_tree(self._roots) | set(guard.find_tagged(self._marker)))
            if self._exceeded:
                self.kill()
                return
            pause = INTERVAL

    def _overrun(self, reached: Overrun, dumped: Callable[[], bool]) -> None:
        if not any(guard.is_alive(root) for root in self._roots):
            return
        self._overran = reached
        if hasattr(signal, DUMP_SIGNAL):
            deadline = time.monotonic() + DUMP_PATIENCE
            for root in self._roots:
                with contextlib.suppress(psutil.NoSuchProcess):
                    root.send_signal(getattr(signal, DUMP_SIGNAL))
                while guard.is_alive(root) and not dumped() and time.monotonic() < deadline:
                    time.sleep(0.01)
        self.kill()

    def _kill_descendants(self) -> tuple[int, ...]:
        """Kill what the process left behind."""
        if sys.platform != "win32" and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return tuple(sorted(process.pid for process in self._kill_all()))

    def _kill_all(self) -> set[psutil.Process]:
        return guard.kill_all(self._roots, self._marker, spared=self._spared)


def is_readable(descriptor: int, seconds: float) -> bool:
    """Whether something can be read from a descriptor so soon. POSIX only."""
    if sys.platform == "win32":
        raise NotImplementedError
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def _cpu_now(roots: list[psutil.Process]) -> float:
    total = 0.0
    for process in guard.find_tree(roots):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total
