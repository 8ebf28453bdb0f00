"""What the harness and the processes that fork for it send each other: JSON lines over a socket.

`harness/probe/seed.py` and `harness/probe/warm.py` are the other ends and say which messages there are.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING

import msgspec

from harness.launchers.child import is_readable

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0
"""Seconds such a process gets to start."""

FAREWELL = 5.0
"""Seconds it gets to end."""

CHUNK = 65536
"""Bytes that are read at a time."""

GONE = "the process to fork it from has ended"
"""Why a suite isn't forked where that is so."""


class WarmLostError(Exception):
    """A process that forks is gone, or never got ready; the text says why."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What such a process says. Each message has the fields of one kind only."""

    ready: bool = False
    reason: str = ""
    pid: int = 0
    status: int = 0
    cpu: float = 0.0
    alone: bool = False


class Messages:
    """The harness's end. Raises `WarmLostError` wherever the process turns out to be gone; it is `lost` then."""

    def __init__(self) -> None:
        self.lost = False
        self._socket, self._other = socket.socketpair()
        self._heard = b""

    @contextlib.contextmanager
    def hand_over(self) -> Iterator[int]:
        """The descriptor of the other end, which is to be the process's alone when the context is left."""
        with self._other:
            try:
                yield self._other.fileno()
            except BaseException:
                self._socket.close()
                raise

    def send(self, descriptors: tuple[int, ...] = (), **order: object) -> None:
        """Send an order, and descriptors with it."""
        if sys.platform == "win32":
            raise NotImplementedError
        try:
            socket.send_fds(self._socket, [msgspec.json.encode(order) + b"\n"], descriptors)
        except OSError as error:
            self.lost = True
            raise WarmLostError(GONE) from error

    def receive(self) -> Message:
        """Wait for the next message."""
        try:
            while b"\n" not in self._heard:
                self._heard += self._read()
            line, _, self._heard = self._heard.partition(b"\n")
            return msgspec.json.decode(line, type=Message)
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            self.lost = True
            raise WarmLostError(_explain(error)) from error

    def have_ended(self) -> bool:
        """Whether the process turned out to be gone, or is. Ask only while no message is awaited."""
        self.lost = self.lost or self.come_within(0)
        return self.lost

    def come_within(self, seconds: float) -> bool:
        """Whether a message comes so soon, or the end."""
        return b"\n" in self._heard or is_readable(self._socket.fileno(), seconds)

    @contextlib.contextmanager
    def expect_start(self) -> Iterator[None]:
        """Inside, the process is given up when it takes too long to answer."""
        self._socket.settimeout(PATIENCE)
        yield
        self._socket.settimeout(None)

    def await_ready(self) -> None:
        """Wait until the process is ready. Raises `WarmLostError` with its reason when it can't be."""
        message = self.receive()
        if not message.ready:
            raise WarmLostError(message.reason)

    def end(self) -> None:
        """Have the process end, and wait for it for some seconds. It reads the end of what is sent."""
        with self._socket, contextlib.suppress(OSError):
            self._socket.settimeout(FAREWELL)
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(CHUNK):
                pass

    def _read(self) -> bytes:
        more = self._socket.recv(CHUNK)
        if not more:
            raise EOFError
        return more


def _explain(error: Exception) -> str:
    """Why nothing could be received, in the words that a user reads."""
    match error:
        case TimeoutError():
            return f"the process to fork it from hasn't answered for {PATIENCE:.0f} seconds"
        case OSError() | EOFError():
            return GONE
        case _:
            return "the process to fork it from has sent something unreadable"
