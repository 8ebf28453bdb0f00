"""The loop ledger: each event loop, where it was created and closed, and which tasks it left pending."""

from __future__ import annotations

import asyncio
import functools
import re
import threading
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Iterable
from weakref import ref

from .chains import describe
from .places import caller, finalizing, type_name

if TYPE_CHECKING:
    from .clock import Clock
    from .guard import Guard
    from .places import Places
    from .writer import Record, Writer

_NUMBER = re.compile(r"(\d+)")


class LoopLedger:
    """Holds loops weakly: a ledger line outlives its loop and never keeps it alive."""

    def __init__(self, *, clock: Clock, places: Places, writer: Writer, guard: Guard) -> None:
        self._clock = clock
        self._places = places
        self._writer = writer
        self._guard = guard
        self._reporting = threading.local()
        self.begin()

    def begin(self, worker: str = "") -> None:
        """Start an empty ledger. Names say in which of several processes it is kept."""
        self._prefix = f"{worker}-loop-" if worker else "loop-"
        # Not weakly keyed: a loop in collected garbage calls its handler when weak references to it are dead already.
        self._names: dict[int, str] = {}
        self._references: dict[str, ref[Any]] = {}
        self._lines: dict[str, Record] = {}
        self._last = ""
        # By name: the moment and the pending tasks of a close that has begun and wasn't seen to end.
        self._closing: dict[str, tuple[dict[str, str], list[str]]] = {}

    def name(self, loop: Any) -> str | None:
        """`loop-1`; a loop that was there before the probe enters the ledger when it is first met."""
        if loop is None:
            return None
        last = self._last  # mostly the one that runs now; of any other the `id` is needed, which is an audit event
        if last in self._references and self._references[last]() is loop:
            return last
        number = id(loop)
        name = self._names.get(number)
        if name is None or not self._is_named(name, loop):
            self.created(loop, None)
        self._last = last = self._names[number]
        return last

    def _is_named(self, name: str, loop: Any) -> bool:
        """Whether this is the loop of that name, and not another that took its place in memory unseen."""
        return self._references[name]() is loop or self._lines[name]["loop_kind"] == type_name(type(loop))

    def live(self) -> Iterable[Any]:
        """Every loop that still exists, in order of creation."""
        loops = [reference() for reference in list(self._references.values())]
        return [loop for loop in loops if loop is not None]

    def created(self, loop: Any, frame: Any) -> None:
        """Enter a loop that was made just now."""
        self.settle()
        name = self._names[id(loop)] = f"{self._prefix}{len(self._lines) + 1}"
        self._references[name] = ref(loop)
        created = self._clock.moment(frame)
        self._lines[name] = {
            "name": name,
            "loop_kind": type_name(type(loop)),
            "created": {**created, "at": self._places.on_demand(frame) or created["at"]},
            "closed": None,
            "pending": [],
        }
        self._writer.write("loop", self._lines[name])

    def closed(self, loop: Any, frame: Any) -> None:
        """Enter a close that succeeded, unless the loop's own finalizer did it."""
        if not finalizing(frame):
            self._enter_close(str(self.name(loop)), self._clock.moment(frame), pending(loop, self._places))

    def _enter_close(self, name: str, closed: dict[str, str], left: list[str]) -> None:
        self._lines[name].update(closed=closed, pending=left)
        self._writer.write("loop", self._lines[name])

    def closing(self, loop: Any, frame: Any) -> None:
        """Somebody is about to close the loop; `settle` finds out whether that succeeded."""
        if not loop.is_closed() and not finalizing(frame):
            self._closing[str(self.name(loop))] = (self._clock.moment(frame), pending(loop, self._places))

    def settle(self) -> None:
        """Enter the closes that began and have succeeded by now."""
        begun, self._closing = self._closing, {}
        for name, (moment, left) in begun.items():
            loop = self._references[name]()
            if loop is None or loop.is_closed():
                self._enter_close(name, moment, left)

    def finish(self) -> None:
        """Write what loops that nobody closed have left."""
        self.settle()
        for loop in self.live():
            line = self._lines[str(self.name(loop))]
            if line["closed"] is None:
                line["pending"] = pending(loop, self._places)
                self._writer.write("loop", line)

    def handler_called(self, loop: Any, context: dict[str, Any]) -> None:
        """Write a call of a loop's exception handler."""
        message = str(context.get("message") or "Unhandled exception in event loop")
        record: Record = {
            "loop": self.name(loop),
            "test": self._clock.test,
            "when": self._clock.when,
            "message": self._places.text(message),
            "chain": describe(context.get("exception"), self._places),
        }
        self._writer.write("handler-call", record)

    def reports(self, error: BaseException) -> bool:
        """Whether a loop's exception handler is running because of this very exception, in this thread."""
        return getattr(self._reporting, "error", None) is error

    def watch(self, kind: Any) -> None:
        """Observe every loop of the class `kind` and of its subclasses."""
        kind.__init__ = self._observed_init(kind.__init__)
        written_in_python = isinstance(kind.close, FunctionType)
        kind.close = self._observed_close(kind.close) if written_in_python else Close(kind.close, self._close_looked_up)
        kind.call_exception_handler = self._observed_handler(kind.call_exception_handler)

    def _observed_init(self, original: Any) -> Any:
        @functools.wraps(original)
        def init(loop: Any, *args: Any, **options: Any) -> None:
            original(loop, *args, **options)
            self._guard.run(self.created, loop, caller())

        return init

    def _observed_close(self, original: Any) -> Any:
        @functools.wraps(original)
        def close(loop: Any) -> None:
            was_closed = loop.is_closed()
            original(loop)
            if not was_closed:
                self._guard.run(self.closed, loop, caller())

        return close

    def _close_looked_up(self, loop: Any, frame: Any) -> None:
        self._guard.run(self.closing, loop, frame)

    def _observed_handler(self, original: Any) -> Any:
        @functools.wraps(original)
        def call_exception_handler(loop: Any, context: dict[str, Any]) -> None:
            self._guard.run(self.handler_called, loop, context)
            self._reporting.error = context.get("exception")
            try:
                original(loop, context)
            finally:
                self._reporting.error = None

        return call_exception_handler


class Close:
    """Stands where a loop class has a `close` that isn't written in Python; seen when it is looked up to be called.

    A function around it would be the innermost Python frame while it runs, and what it warns of (uvloop: the transports
    it finds open) would be reported, filtered and counted as the probe's.
    """

    def __init__(self, original: Any, looked_up: Callable[[Any, Any], None]) -> None:
        self._original = original
        self._looked_up = looked_up

    def __get__(self, loop: Any, owner: Any = None) -> Any:
        if loop is not None:
            self._looked_up(loop, caller())
        return self._original.__get__(loop, owner)


def pending(loop: Any, places: Places) -> list[str]:
    """The loop's unfinished tasks, `Task-3 Connection.disconnect`, in the order of their names."""
    return sorted((describe_task(task, places) for task in asyncio.all_tasks(loop)), key=natural)


def describe_task(task: Any, places: Places) -> str:
    """A task's name and its coroutine's."""
    coroutine = task.get_coro()
    return places.text(f"{task.get_name()} {getattr(coroutine, '__qualname__', type(coroutine).__name__)}")


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key that puts `Task-9` before `Task-10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _NUMBER.split(text)]
