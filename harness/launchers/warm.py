"""A warm process: pytest started in a folder with an ini file only, waiting for suites to be put there.

`harness/probe/warm.py` is its other end and says which messages they exchange.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from typing import TYPE_CHECKING, Self

import msgspec
import psutil

from harness.launchers.assembling import LINES
from harness.launchers.child import Child, Reaped, is_readable
from harness.launchers.limits import make_confinement
from harness.launchers.model import INI
from harness.launchers.variables import make_variables
from harness.processes import killing as guard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.launchers.model import Job
    from harness.processes.guardian import Guardian

PATIENCE = 60.0
"""Seconds a warm process gets to start."""

FAREWELL = 5.0
"""Seconds it gets to end."""


class WarmLostError(Exception):
    """The warm process is gone, or never got warm; the text says why."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a warm process says. Each message has the fields of one kind only."""

    ready: bool = False
    reason: str = ""
    pid: int = 0
    status: int = 0
    cpu: float = 0.0
    alone: bool = False


class Warm:
    """Runs one suite at a time, in the folder `slot`. Entering starts the process and waits until it is warm.

    Everything it forks carries its marker, so that what a suite leaves behind is found. Raises `WarmLostError` wherever
    the process turns out to be gone.
    """

    def __init__(self, job: Job, *, guardian: Guardian, unit: str, probe: Path, arguments: Sequence[str]) -> None:
        self.lost = False
        self._ini = (job.suite / INI).read_text()
        self._job = job
        self._guardian = guardian
        self._marker = guardian.environment(unit)
        self._probe = probe
        self._arguments = arguments
        self._stack = contextlib.ExitStack()
        self._heard = b""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._files = stack.enter_context(self._guardian.folder("warm"))
            self.slot = self._files / "suite"
            self.slot.mkdir()
            (self.slot / INI).write_text(self._ini)
            self._control = stack.enter_context(self._start(stack))
            self._control.settimeout(PATIENCE)
            message = self._hear()
            if not message.ready:
                raise WarmLostError(message.reason)
            # What pytest printed at its start belongs to every suite's output.
            self._printed = {name: (self._files / name).read_bytes() for name in ("stdout", "stderr")}
            self._control.settimeout(None)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _start(self, stack: contextlib.ExitStack) -> socket.socket:
        """Start the process, which `stack` ends; returns this side's end of the control socket."""
        ours, its = socket.socketpair()
        command = (self._job.python, self._probe, "--warm", its.fileno(), self._job.client, "--", *self._arguments)
        with its, (self._files / "stdout").open("wb") as stdout, (self._files / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self.slot,
                env=make_variables(self._job, os.environ, self._marker),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(its.fileno(),),
                start_new_session=True,
            )
        stack.callback(_end, process)
        stack.enter_context(self._guardian.watch_process(process.pid))
        self.process = psutil.Process(process.pid)
        return ours

    @contextlib.contextmanager
    def hold_files(self, suite: Path) -> Iterator[None]:
        """The suite's files are in the slot while the context is open, and then back, changed as they may be."""
        _move_all(suite, self.slot)
        try:
            yield
        finally:
            try:
                self.lost = self.lost or (self.slot / INI).read_text() != self._ini
                _move_all(self.slot, suite)
            except OSError:  # the suite deleted the folder it was in
                self.lost = True

    def fork(self, job: Job, scratch: Path) -> Child:
        """Start the suite in the slot."""
        for name, printed in self._printed.items():
            (scratch / name).write_bytes(printed)
        forked = Forked(
            self,
            evidence=scratch / LINES,
            variables=make_variables(job, {}, self._marker),
            confined=make_confinement(job, self._marker),
        )
        return Child(forked, marker=self._marker[guard.MARKER], spared=self.process.pid)

    def ask(self, **order: object) -> int:
        """Have it fork and return the child's process number."""
        try:
            self._control.sendall(msgspec.json.encode(order) + b"\n")
        except OSError as error:
            self.lost = True
            raise WarmLostError(str(error)) from error
        return self._hear().pid

    def says_within(self, seconds: float) -> bool:
        """Whether it says something so soon, or ends."""
        return b"\n" in self._heard or is_readable(self._control.fileno(), seconds)

    def wait_for_end(self) -> Reaped:
        """Wait until the child it has forked ends."""
        message = self._hear()
        return Reaped(code=os.waitstatus_to_exitcode(message.status), cpu=message.cpu, alone=message.alone)

    def _receive(self) -> bytes:
        more = self._control.recv(65536)
        if not more:
            raise WarmLostError("the warm process has ended")
        return more

    def _hear(self) -> Message:
        try:
            while b"\n" not in self._heard:
                self._heard += self._receive()
            line, _, self._heard = self._heard.partition(b"\n")
            return msgspec.json.decode(line, type=Message)
        except (OSError, WarmLostError, msgspec.MsgspecError) as error:
            self.lost = True
            raise WarmLostError(str(error)) from error


class Forked:
    """A suite's process that a warm process has forked and waits for."""

    def __init__(self, warm: Warm, *, evidence: Path, variables: Mapping[str, str], confined: tuple[int, ...]) -> None:
        self._warm = warm
        folder = evidence.parent
        self.pid = warm.ask(
            evidence=str(evidence),
            stdout=str(folder / "stdout"),
            stderr=str(folder / "stderr"),
            variables=variables,
            confined=confined,
        )

    def ends_within(self, seconds: float) -> bool:
        """Whether the warm process says so soon that it has ended."""
        return self._warm.says_within(seconds)

    def reap(self) -> Reaped:
        """Wait for its end."""
        return self._warm.wait_for_end()


def _end(process: subprocess.Popen[bytes]) -> None:
    """It ends its levels and then itself, now that its control socket is closed."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(FAREWELL)
    process.kill()
    process.wait()


def _move_all(source: Path, target: Path) -> None:
    """Move everything but the ini file, which both have."""
    for name in os.listdir(source):  # noqa: PTH208 - paths take longer than moving
        if name != INI:
            os.rename(f"{source}/{name}", f"{target}/{name}")  # noqa: PTH104
