"""Exceptions that reach no test: those that end a thread, and those that a log record carries.

Threads are seen where they hand their exception to `threading.excepthook`, whichever function stands there: pytest and
suites replace it at will. Log records are seen where they are made, so that no handler, filter or level is changed,
and none can hide one; a record that nobody makes, because its logger is disabled or its level forbids it, isn't seen.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

from .chains import describe

if TYPE_CHECKING:
    from .clock import Clock
    from .guard import Guard
    from .loops import LoopLedger
    from .places import Places
    from .writer import Writer

MOST = 1000
"""Errors that are written; a suite may log the same in a circle."""


class Background:
    """Writes each error once a phase."""

    def __init__(self, *, clock: Clock, places: Places, writer: Writer, guard: Guard, loops: LoopLedger) -> None:
        self._clock = clock
        self._places = places
        self._writer = writer
        self._guard = guard
        self._loops = loops
        self.begin()

    def begin(self) -> None:
        """Forget what was seen."""
        self._seen: set[tuple[str, ...]] = set()

    def watch(self) -> None:
        """Observe every thread that is made, and every log record, from now on."""
        make = getattr(threading, "_make_invoke_excepthook", None)
        if make is not None:
            setattr(threading, "_make_invoke_excepthook", self._observed_excepthook(make))  # noqa: B010 - private
        record: Any = logging.LogRecord
        record.__init__ = self._observed_record(record.__init__)

    def _observed_excepthook(self, original: Any) -> Any:
        @functools.wraps(original)
        def make_invoke_excepthook() -> Any:
            invoke = original()

            def invoke_excepthook(thread: threading.Thread) -> None:
                self._guard.run(self.thread_ended, thread.name, sys.exc_info()[1])
                invoke(thread)

            return invoke_excepthook

        return make_invoke_excepthook

    def _observed_record(self, original: Any) -> Any:
        @functools.wraps(original)
        def init(record: logging.LogRecord, *args: Any, **options: Any) -> None:
            original(record, *args, **options)
            if record.exc_info:
                self._guard.run(self.logged, record)

        return init

    def thread_ended(self, name: str, error: BaseException | None) -> None:
        """Enter what ended a thread. `SystemExit` ends one in silence."""
        if error is not None and not isinstance(error, SystemExit):
            self._write("thread", name, "", error)

    def logged(self, record: logging.LogRecord) -> None:
        """Enter an exception that was logged as a warning or worse, if it isn't a loop's exception handler's."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else record.exc_info
        if record.levelno < logging.WARNING or not isinstance(error, BaseException) or self._loops.reports(error):
            return
        self._write("log", record.name, record.msg if isinstance(record.msg, str) else "", error)

    def _write(self, source: str, owner: str, message: str, error: BaseException) -> None:
        chain = describe(error, self._places)
        key = (source, self._clock.test, self._clock.when, chain[0]["type"], chain[0]["text"], chain[0]["origin"])
        if key in self._seen or len(self._seen) >= MOST:
            return
        self._seen.add(key)
        record: dict[str, object] = {
            "source": source,
            "owner": self._places.text(owner),
            "test": self._clock.test,
            "when": self._clock.when,
            "message": self._places.text(message),
            "chain": chain,
        }
        self._writer.write("background", record)
