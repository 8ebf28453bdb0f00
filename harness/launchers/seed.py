"""The processes that warm processes are forked from: each has imported what an environment's suites need."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from harness.launchers.messages import FAREWELL, Messages, WarmLostError
from harness.launchers.model import INI
from harness.launchers.variables import make_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.launchers.model import Job
    from harness.processes.guardian import Guardian

NEUTRAL = "[pytest]\nasyncio_mode = strict\n"
"""The configuration of the suite that is rehearsed."""

OUTPUTS = ("stdout", "stderr")
"""Names of the files that a process prints to."""

Source = tuple[str, str]
"""A scenario environment's interpreter and its client."""


class Seed:
    """Entering starts the process and waits until it can fork. Raises `WarmLostError` when it can't."""

    def __init__(
        self, job: Job, *, guardian: Guardian, marker: Mapping[str, str], probe: Path, arguments: Sequence[str]
    ) -> None:
        self._job = job
        self._guardian = guardian
        self._marker = marker
        self._command = (job.python, probe, "--warm"), (job.client, "--", *arguments)
        self._lock = threading.Lock()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._files = stack.enter_context(self._guardian.folder("seed"))
            slot = self._files / "suite"
            slot.mkdir()
            (slot / INI).write_text(NEUTRAL)
            self._messages = self._start(slot, stack)
            with self._messages.expect_start():
                self._messages.await_ready()
            # What it printed at its start belongs to the output of every process that it forks.
            self._printed = {name: (self._files / name).read_bytes() for name in OUTPUTS}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _start(self, slot: Path, stack: contextlib.ExitStack) -> Messages:
        """Start the process, which `stack` ends."""
        messages = Messages()
        before, after = self._command
        with (
            messages.hand_over() as descriptor,
            (self._files / "stdout").open("wb") as stdout,
            (self._files / "stderr").open("wb") as stderr,
        ):
            process = subprocess.Popen(
                [str(part) for part in (*before, descriptor, *after)],
                cwd=slot,
                env=make_variables(self._job, os.environ, self._marker),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(descriptor,),
                start_new_session=True,
            )
        stack.callback(_end, process, messages)
        stack.enter_context(self._guardian.watch_process(process.pid))
        return messages

    @property
    def lost(self) -> bool:
        """Whether it can fork no other warm process."""
        with self._lock:
            return self._messages.have_ended()

    def fork(self, slot: Path, marker: Mapping[str, str]) -> Messages:
        """Start a warm process in a folder, to which it prints beside it. All it starts carries `marker`."""
        files = {name: slot.parent / name for name in OUTPUTS}
        for name, file in files.items():
            file.write_bytes(self._printed[name])
        messages = Messages()
        with messages.hand_over() as descriptor, self._lock:
            outputs = {name: str(file) for name, file in files.items()}
            # As the process's `getcwd` has it: the temporary folder may be a link, and is one on macOS.
            folder = os.path.realpath(slot)
            self._messages.send((descriptor,), folder=folder, variables=marker, **outputs)
        return messages


def _end(process: subprocess.Popen[bytes], messages: Messages) -> None:
    messages.end()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(FAREWELL)
    process.kill()
    process.wait()


@dataclass
class _Held:
    """A seed that somebody holds, or wants to."""

    starting: threading.Lock = field(default_factory=threading.Lock)
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)  # ends it
    seed: Seed | None = None
    users: int = 0


class Seeds:
    """One for each environment and client at a time, as long as somebody holds it."""

    def __init__(self, make: Callable[[Job], AbstractContextManager[Seed]]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._held: dict[Source, _Held] = {}
        self._cold: dict[Source, str] = {}  # those that can't be had, and why

    @contextlib.contextmanager
    def hold(self, job: Job) -> Iterator[Seed]:
        """The job's seed, started by the first who holds it and ended by the last. Raises `WarmLostError`.

        One that was lost, as when somebody has killed it, is replaced. What it has forked goes on without it.
        """
        source = str(job.python), job.client
        with self._lock:
            held = self._held.setdefault(source, _Held())
            held.users += 1
        try:
            with held.starting:
                if held.seed is None or held.seed.lost:
                    held.seed = self._start(held, source, job)
                seed = held.seed
            yield seed
        finally:
            with self._lock:
                held.users -= 1
                ended = not held.users
                if ended:
                    del self._held[source]
            if ended:
                held.stack.close()

    def _start(self, held: _Held, source: Source, job: Job) -> Seed:
        if source in self._cold:
            raise WarmLostError(self._cold[source])
        try:
            return held.stack.enter_context(self._make(job))
        except WarmLostError as error:
            self._cold[source] = str(error)
            raise
