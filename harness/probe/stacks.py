"""What a hang looks like from inside: the stacks of all threads and of all tasks."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import faulthandler
import linecache
import os
import signal
import sys
import threading
from time import sleep  # a suite may replace it
from typing import TYPE_CHECKING, Any, Iterator

from .loops import describe_task, natural
from .places import PROBE
from .writer import open_for_appending

if TYPE_CHECKING:
    from types import FrameType

    from .loops import LoopLedger
    from .places import Places
    from .writer import Writer

# Windows has no signal to send: the record is written this long (seconds) before the limit, or at half of it.
HEAD_START = 2.0


class StackDumper:
    """Writes a `stacks` record when asked from outside."""

    def __init__(self, *, loops: LoopLedger, places: Places, writer: Writer) -> None:
        self._loops = loops
        self._places = places
        self._writer = writer
        self.workers: set[int] = set()  # process ids of others that are to be asked, too

    def listen(self, evidence: str, limit: float | None) -> None:
        """SIGUSR1 asks where there are signals; elsewhere the approaching time limit does.

        A main thread stuck in C never runs a Python signal handler, so faulthandler writes its own plainer dump to
        `EVIDENCE.stacks` first, at the same signal.
        """
        if sys.platform != "win32":
            signal.signal(signal.SIGUSR1, self._signalled)
            # A descriptor, not a file object: that would be reported as unclosed when the interpreter ends.
            fallback = open_for_appending(evidence + ".stacks")
            faulthandler.register(signal.SIGUSR1, file=fallback, all_threads=True, chain=True)
        elif limit is not None:
            seconds = max(limit - HEAD_START, limit / 2)
            # Not a `threading.Timer`, which a suite that counts its threads would see.
            _thread.start_new_thread(self._write_after, (seconds,))
            # That can't write while other code holds the interpreter's lock.
            fallback = open_for_appending(evidence + ".stacks")
            faulthandler.dump_traceback_later(seconds + HEAD_START / 2, file=fallback)

    def _write_after(self, seconds: float) -> None:
        sleep(seconds)
        self.write()

    def _signalled(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what `signal` calls with
        for worker in self.workers:
            with contextlib.suppress(OSError):
                os.kill(worker, number)
        self.write()

    def write(self) -> None:
        """Write the record now."""
        stacks = "\n\n".join(self._threads())
        tasks = "\n\n".join(self._tasks())
        self._writer.write("stacks", {"stacks": stacks, "tasks": tasks})

    def _threads(self) -> Iterator[str]:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            lines = [f"thread {names.get(ident, '?')}:"]
            lines.extend(self._frame(each) for each in _outermost_first(frame) if not self._own(each))
            yield "\n".join(lines)

    def _tasks(self) -> Iterator[str]:
        for loop in self._loops.live():
            for task in sorted(asyncio.all_tasks(loop), key=lambda task: natural(task.get_name())):
                lines = [f"{self._loops.name(loop)} {describe_task(task, self._places)}:"]
                lines.extend(self._awaiting(task.get_coro()))
                lines.append("  waits for " + self._places.text(repr(getattr(task, "_fut_waiter", None))))
                yield "\n".join(lines)

    def _awaiting(self, awaited: Any) -> Iterator[str]:
        """The frames of a suspended coroutine and of every coroutine it waits for."""
        while awaited is not None:
            frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
            if frame is not None:
                yield self._frame(frame)
            awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)

    def _frame(self, frame: FrameType) -> str:
        code = frame.f_code
        source = linecache.getline(code.co_filename, frame.f_lineno).strip()
        return f"  {self._places.line(code.co_filename, frame.f_lineno, code.co_name)}: {source}"

    def _own(self, frame: FrameType) -> bool:
        return self._places.kind(frame.f_code.co_filename) == PROBE


def _outermost_first(frame: FrameType | None) -> list[FrameType]:
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]
