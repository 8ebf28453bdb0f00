"""The launcher `spawn`: a new process for each suite, on every operating system. The reference for all others."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, ClassVar

import msgspec
import valkey

from harness.evidence.model import Evidence, ServerView, Timings
from harness.launchers import network
from harness.launchers.assembling import LINES, assemble, list_workers, name_output_files
from harness.launchers.child import DUMP_SIGNAL, Child, ChildProcess
from harness.launchers.deadlines import Deadline
from harness.launchers.limits import TEMPORARY, LimitWatch, make_confinement, redirect_temporary_files
from harness.launchers.masking import Mask
from harness.launchers.model import REFERENCE
from harness.launchers.probe_copy import copy_probe
from harness.launchers.variables import make_variables
from harness.processes import killing as guard
from harness.servers import views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.launchers.child import Ending
    from harness.launchers.model import Job
    from harness.processes.guardian import Guardian

PRINTING = ("-q", "--tb=native")
"""Pytest arguments of every suite, which change what is printed and no more.

Formatting a traceback pytest's way parses each file on it; it took half the CPU time of a cell that fails.
"""

ARGUMENTS = (*PRINTING, "-p", "no:cacheprovider")
"""Pytest arguments of a cell, whose folder is used again: nothing may be kept from one run to the next.

The folder of a suite of the user's own is gone after the run, with the cache that plugins and options of it may need.
"""


START_UP = 5.0
"""Seconds that the probe may take to begin where it looks at the clock: it counts from then, the limit from before."""


class SpawnLauncher:
    """Runs each suite in a new process that shares nothing with any other but the environment on disk.

    The process starts with a fixed set of variables, in a session of its own, without a terminal, and is gone with
    all its descendants when `run` returns; `guardian` sees to that if the harness is killed.
    """

    name = REFERENCE
    _units: ClassVar[Iterator[int]] = count()  # of all launchers: a unit's marker kills whatever carries it

    def __init__(self, *, guardian: Guardian, probe: Path | None = None) -> None:
        self._guardian = guardian
        self._probe = probe or copy_probe()
        self._lock = threading.Lock()
        self._children: set[Child] = set()
        self._stopped = False

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        """What happened when the suite ran. After `stop` nothing runs any more, and the evidence says so."""
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        clock = time.perf_counter()
        evidence, ending = self._observe(job)
        wall = time.perf_counter() - clock
        if ending is None:
            return evidence, Timings(started=started, wall=wall, cpu=0.0)
        return evidence, Timings(started=started, wall=wall, cpu=ending.cpu, spawned=ending.spawned)

    def stop(self) -> None:
        """Kill every suite that is running, and run no more. For any thread; returns when they are gone.

        One that is just starting is gone when its `run` returns.
        """
        with self._lock:
            self._stopped = True
            children = list(self._children)
        for child in children:
            child.kill()

    def _observe(self, job: Job) -> tuple[Evidence, Ending | None]:
        """The evidence, and how the process ended. What keeps the harness from observing is evidence too."""
        try:
            with self._guardian.scratch() as scratch:
                before = _look_before(job)
                ending = self._execute(job, scratch)
                if ending is None:
                    return Evidence(infrastructure="the run was stopped before the suite started"), None
                return assemble(job, scratch, ending, before=before, stopped=self._stopped), ending
        except (valkey.ValkeyError, ConnectionError) as error:
            reason = Mask(job.database).text(str(error))
            return Evidence(infrastructure=f"the server doesn't answer: {reason}"), None
        except OSError as error:
            return Evidence(infrastructure=f"the suite could not be run: {error}"), None

    def _execute(self, job: Job, scratch: Path) -> Ending | None:
        """Run the suite's process to its end; None if the launcher was stopped."""
        return self._see_through(partial(self._start, job, scratch), job, scratch)

    def _see_through(
        self, start: Callable[[], Child], job: Job, scratch: Path, *, watched: bool = False
    ) -> Ending | None:
        """Start a process and wait for its end; None if the launcher was stopped.

        The guardian is asked to watch it, unless what it is a descendant of is `watched` already.
        """
        with self._started(start) as child:
            if child is None:
                return None
            watch = LimitWatch(name_output_files(scratch), job.memory, temporary=scratch / TEMPORARY)
            with contextlib.nullcontext() if watched else self._guardian.watch_process(child.pid):
                ending = child.wait(
                    Deadline(job, scratch / LINES),
                    dumped=lambda: all(map(_has_dumped, [scratch / LINES, *list_workers(scratch).values()])),
                    over=watch.find_exceeded,
                )
            return msgspec.structs.replace(ending, unread=watch.unread) if watch.unread else ending

    @contextlib.contextmanager
    def _started(self, start: Callable[[], Child]) -> Iterator[Child | None]:
        """The suite's process, known to `stop` as long as the context is open; None if that was called before.

        `stop` doesn't wait for one that is just starting, which may take long. It is killed here then.
        """
        child = None if self._stopped else start()
        if child is None:
            yield None
            return
        with self._lock:
            self._children.add(child)
            stopped = self._stopped
        try:
            if stopped:
                child.kill()
            yield child
        finally:
            with self._lock:
                self._children.discard(child)

    def _start(self, job: Job, scratch: Path) -> Child:
        marker = self._guardian.environment(str(next(self._units)))
        process = ChildProcess(
            self._command(job, scratch, make_confinement(job, marker)),
            folder=job.suite,
            variables=make_variables(job, os.environ, marker) | redirect_temporary_files(scratch),
            scratch=scratch,
        )
        return Child(process, marker=marker[guard.MARKER])

    def _command(self, job: Job, scratch: Path, confined: tuple[int, ...]) -> list[str]:
        # Without a signal to ask for the stacks at the limit, the probe has to know when it comes.
        whole = Deadline(job, scratch / LINES).whole
        limit = () if hasattr(signal, DUMP_SIGNAL) else ("--limit", str(max(whole - START_UP, whole / 2)))
        options = (*limit, "--confined", ",".join(map(str, confined)))
        arguments = ARGUMENTS if job.conditions is None else (*PRINTING, *job.conditions.arguments)
        own = network.list_probe_options(job)
        command = (*network.enter(job), job.python, self._probe, scratch / LINES, *options, *own, "--", *arguments)
        return [str(part) for part in command]


def _look_before(job: Job) -> ServerView:
    """The server's view. There is nothing yet on a server that was started for this suite alone."""
    if job.database.whole is not None:
        return ServerView()
    viewer = job.database.viewer
    clients, keys = viewer.look_before() if viewer else views.read_clients_and_keys(job.database.url)
    return ServerView(clients=clients, keys=keys)


def _has_dumped(lines: Path) -> bool:
    """Whether the probe has written its stacks, the line's end included."""
    try:
        with lines.open("rb") as stream:
            return any(line.startswith(b'{"kind": "stacks"') and line.endswith(b"\n") for line in stream)
    except FileNotFoundError:
        return False
