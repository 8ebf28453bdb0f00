"""A warm process: pytest started in a folder with an ini file only, waiting for suites to be put there.

`harness/probe/warm.py` is its other end and says which messages they exchange.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Self

import psutil

from harness.launchers.assembling import LINES
from harness.launchers.child import Child, Reaped
from harness.launchers.limits import make_confinement
from harness.launchers.messages import WarmLostError
from harness.launchers.model import INI
from harness.launchers.seed import OUTPUTS
from harness.launchers.variables import make_variables
from harness.processes import killing as guard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.launchers.messages import Messages
    from harness.launchers.model import Job
    from harness.launchers.seed import Seed
    from harness.processes.guardian import Guardian


class Warm:
    """Runs one suite at a time, in the folder `slot`. Entering starts the process and waits until it is warm.

    Everything it forks carries its marker, so that what a suite leaves behind is found. Raises `WarmLostError` wherever
    the process turns out to be gone.
    """

    def __init__(
        self, ini: str, *, guardian: Guardian, marker: dict[str, str], seed: AbstractContextManager[Seed]
    ) -> None:
        self.damaged = False
        self._ini = ini
        self._guardian = guardian
        self._marker = marker
        self._seed = seed
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            seed = stack.enter_context(self._seed)
            files = stack.enter_context(self._guardian.folder("warm"))
            self.slot = files / "suite"
            self.slot.mkdir()
            (self.slot / INI).write_text(self._ini)
            self.messages = self._start(seed, stack)
            # What pytest printed at its start belongs to every suite's output.
            self._printed = {name: (files / name).read_bytes() for name in OUTPUTS}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _start(self, seed: Seed, stack: contextlib.ExitStack) -> Messages:
        """Have the process forked, which `stack` ends, and wait until it is warm."""
        messages = seed.fork(self.slot, self._marker)
        stack.callback(messages.end)
        with messages.expect_start():
            self.pid = messages.receive().pid
            stack.callback(_end, messages, _find(self.pid))
            stack.enter_context(self._guardian.watch_process(self.pid))
            messages.await_ready()
        return messages

    @property
    def lost(self) -> bool:
        """Whether it can run no other suite."""
        return self.damaged or self.messages.lost

    @contextlib.contextmanager
    def hold_files(self, suite: Path) -> Iterator[None]:
        """The suite's files are in the slot while the context is open, and then back, changed as they may be."""
        _move_all(suite, self.slot)
        try:
            yield
        finally:
            try:
                self.damaged = self.damaged or (self.slot / INI).read_text() != self._ini
                _move_all(self.slot, suite)
            except OSError:  # the suite deleted the folder it was in
                self.damaged = True

    def fork(self, job: Job, scratch: Path) -> Child:
        """Start the suite in the slot."""
        for name, printed in self._printed.items():
            (scratch / name).write_bytes(printed)
        self.messages.send(
            evidence=str(scratch / LINES),
            stdout=str(scratch / "stdout"),
            stderr=str(scratch / "stderr"),
            variables=make_variables(job, {}, self._marker),
            confined=make_confinement(job, self._marker),
        )
        return Child(Forked(self.messages), marker=self._marker[guard.MARKER], spared=self.pid)


class Forked:
    """A suite's process that a warm process has forked and waits for."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        with messages.expect_start():
            self.pid = messages.receive().pid

    def ends_within(self, seconds: float) -> bool:
        """Whether the warm process says so soon that it has ended."""
        return self._messages.come_within(seconds)

    def reap(self) -> Reaped:
        """Wait for its end."""
        message = self._messages.receive()
        return Reaped(code=os.waitstatus_to_exitcode(message.status), cpu=message.cpu, alone=message.alone)


def _find(pid: int) -> psutil.Process:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess as error:
        raise WarmLostError(str(error)) from error


def _end(messages: Messages, process: psutil.Process) -> None:
    """Let it end its levels and then itself, and kill it if it doesn't."""
    messages.end()
    with contextlib.suppress(psutil.Error):
        process.kill()


def _move_all(source: Path, target: Path) -> None:
    """Move everything but the ini file, which both have."""
    for name in os.listdir(source):  # noqa: PTH208 - paths take longer than moving
        if name != INI:
            os.rename(f"{source}/{name}", f"{target}/{name}")  # noqa: PTH104
