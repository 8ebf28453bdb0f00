"""The connection ledger: each stream a client opened, on which loop, used by whom, closed where.

`asyncio.StreamWriter` is the place every asyncio client of Valkey and Redis passes through, on every kind of loop.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple
from weakref import WeakKeyDictionary

from .chains import describe
from .places import caller, finalizing

if TYPE_CHECKING:
    from .clock import Clock
    from .guard import Guard
    from .loops import LoopLedger
    from .places import Places
    from .writer import Record, Writer

# Bound at import: what a suite puts in its place must not be counted.
_running_loop = asyncio._get_running_loop

Key = Tuple[Optional[str], str, str]


class ConnectionEntry:
    """One line of the ledger. `uses` are by (running loop, test, phase), as they are written."""

    def __init__(self, name: str, loop: str | None, opened: dict[str, str]) -> None:
        self.name = name
        self.loop = loop
        self.opened = opened
        self.uses: Dict[Key, Dict[str, Any]] = {}  # noqa: UP006 - evaluated on Python 3.8 by nobody, kept like `Key`
        self.closed: dict[str, str] | None = None
        self.closed_on: str | None = None
        self.close_failed: list[dict[str, str]] = []

    def record(self) -> Record:
        """The line as it is written."""
        return {**vars(self), "uses": list(self.uses.values())}


class ConnectionLedger:
    """Holds writers weakly. Lines that changed are written when a phase begins, when they close, and at the end."""

    def __init__(self, *, clock: Clock, places: Places, writer: Writer, guard: Guard, loops: LoopLedger) -> None:
        self._clock = clock
        self._places = places
        self._writer = writer
        self._guard = guard
        self._loops = loops
        self.begin()

    def begin(self, worker: str = "") -> None:
        """Start an empty ledger. Names say in which of several processes it is kept."""
        self._prefix = f"{worker}-connection-" if worker else "connection-"
        self._lines: WeakKeyDictionary[Any, ConnectionEntry] = WeakKeyDictionary()  # by writer and by reader
        self._changed: dict[str, ConnectionEntry] = {}
        self._count = 0

    def opened(self, stream: Any, frame: Any) -> None:
        """Enter a stream, if it is a client's."""
        if not is_client(stream):
            return
        self._count += 1
        name = f"{self._prefix}{self._count}"
        line = ConnectionEntry(name, self._loops.name(stream._loop), self._clock.moment(frame))
        self._lines[stream] = line
        if stream._reader is not None:
            self._lines[stream._reader] = line
        self._writer.write("connection", line.record())

    def used(self, stream: Any, writes: int) -> None:
        """Count a write, or note a read: one that needs no waiting succeeds on any loop."""
        line = self._lines.get(stream)
        if line is None:
            return
        loop, test, when = key = (self._loops.name(_running_loop()), self._clock.test, self._clock.when)
        use = line.uses.get(key)
        if use is None:
            at, late = self._clock.moment(caller())["at"], stream._loop.is_closed()
            use = line.uses[key] = {"loop": loop, "test": test, "when": when, "writes": 0, "at": at, "late": late}
        elif not writes:
            return
        use["writes"] += writes
        self._changed[line.name] = line

    def closed(self, stream: Any, frame: Any, error: BaseException | None) -> None:
        """Enter the first explicit close; being garbage-collected is not closing."""
        line = self._lines.get(stream)
        if line is None or line.closed is not None or finalizing(frame):
            return
        line.closed = self._clock.moment(frame)
        line.closed_on = self._loops.name(_running_loop())
        line.close_failed = describe(error, self._places)
        self._changed[line.name] = line
        self.flush()

    def flush(self) -> None:
        """Write every line that changed since it was last written."""
        changed, self._changed = self._changed, {}
        for line in changed.values():
            self._writer.write("connection", line.record())

    def watch(self, writer: Any, reader: Any) -> None:
        """Observe every stream of these two classes and of their subclasses."""
        writer.__init__ = self._observed_init(writer.__init__)
        writer.write = self._observed_write(writer.write)
        writer.writelines = self._observed_write(writer.writelines)
        writer.close = self._observed_close(writer.close)
        for name in ("read", "readline", "readexactly", "readuntil"):
            setattr(reader, name, self._observed_read(getattr(reader, name)))

    def _observed_init(self, original: Any) -> Any:
        @functools.wraps(original)
        def init(stream: Any, *args: Any, **options: Any) -> None:
            original(stream, *args, **options)
            self._guard.run(self.opened, stream, caller())

        return init

    def _observed_write(self, original: Any) -> Any:
        @functools.wraps(original)
        def write(stream: Any, data: Any) -> Any:
            self._guard.run(self.used, stream, 1)
            return original(stream, data)

        return write

    def _observed_read(self, original: Any) -> Any:
        # Not a coroutine function itself: as one it would be a frame in every traceback from below.
        @functools.wraps(original)
        def read(stream: Any, *args: Any, **options: Any) -> Any:
            self._guard.run(self.used, stream, 0)
            return original(stream, *args, **options)

        mark_coroutine_function(read)
        return read

    def _observed_close(self, original: Any) -> Any:
        @functools.wraps(original)
        def close(stream: Any) -> Any:
            try:
                result = original(stream)
            except BaseException as error:
                self._guard.run(self.closed, stream, caller(), error)
                raise
            self._guard.run(self.closed, stream, caller(), None)
            return result

        return close


def mark_coroutine_function(function: Any) -> None:
    """Let asyncio and inspect take a plain function that returns a coroutine for a coroutine function."""
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(function)
    else:
        function._is_coroutine = vars(asyncio.coroutines)["_is_coroutine"]


def is_client(stream: Any) -> bool:
    """Whether a stream was opened by this side: not accepted by a server, not a pipe of a subprocess."""
    protocol = stream._protocol
    if not isinstance(protocol, asyncio.StreamReaderProtocol):
        return False
    return getattr(protocol, "_client_connected_cb", None) is None
