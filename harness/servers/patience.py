"""A connection on which every answer ends: in time, and before it fills the memory. A URL may lead anywhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import valkey

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

TIMEOUT = 5.0
"""Seconds that one command or connection attempt may take, with the whole of its answer."""

LONGEST = 60.0
"""Seconds that one look at a server may take, with all its commands."""

MOST_BYTES = 64 * 2**20
"""Of the answer to one command."""

NONSENSE = (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError, MemoryError)
"""What reading an answer ends with that is none of those there can be."""


@cache
def limit_connection(kind: type[Any], longest: float | None) -> type[Any]:
    """That kind of connection with limits. `longest` seconds after it was made no command is answered any more."""

    class LimitedConnection(kind):  # type: ignore[misc] # kinds differ by scheme
        def _connect(self) -> Any:
            return LimitedSocket(super()._connect(), longest)

    return LimitedConnection


class LimitedSocket:
    """A socket that gives up on an answer that is too slow or too long. The limits begin anew with what is sent."""

    def __init__(self, inner: socket.socket, longest: float | None) -> None:
        self._inner = inner
        self._timeout = inner.gettimeout()
        self._last = float("inf") if longest is None else time.monotonic() + longest
        self._begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def settimeout(self, seconds: float | None) -> None:
        """Of each call, as a socket's. 0: don't wait."""
        self._timeout = seconds
        self._inner.settimeout(seconds)

    def sendall(self, data: bytes) -> None:
        """Send a command, whose answer may take `TIMEOUT`."""
        self._begin()
        self._inner.sendall(data)

    def recv(self, size: int) -> bytes:
        """Raises `TimeoutError`, and `valkey.ConnectionError` for an answer that is too long."""
        self._prepare()
        data = self._inner.recv(size)
        self._count(len(data))
        return data

    def recv_into(self, buffer: Any) -> int:
        """As `recv`."""
        self._prepare()
        number = self._inner.recv_into(buffer)
        self._count(number)
        return number

    def _begin(self) -> None:
        self._until = min(time.monotonic() + TIMEOUT, self._last)
        self._left = MOST_BYTES

    def _prepare(self) -> None:
        if self._timeout == 0:
            return
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("its answer doesn't end")
        self._inner.settimeout(left if self._timeout is None else min(left, self._timeout))

    def _count(self, number: int) -> None:
        self._left -= number
        if self._left < 0:
            raise valkey.ConnectionError(f"its answer is longer than {MOST_BYTES} bytes")


@contextmanager
def expect_answers() -> Iterator[None]:
    """Raises `valkey.InvalidResponse` where what a server answered makes no sense."""
    try:
        yield
    except NONSENSE as error:
        raise valkey.InvalidResponse("it doesn't answer as a Valkey server does") from error
