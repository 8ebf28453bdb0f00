"""What one sees while cells run, without a terminal: plain lines. `harness.output.live` is for a terminal."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol, Self, TextIO

import msgspec

from harness.escaping import escape_message
from harness.output.text import count, duration, shorten_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    Clock = Callable[[], float]

PLAIN_INTERVAL = 5.0
"""Seconds between two plain lines."""

SETTLED_AFTER, SETTLED_SHARE = 5.0, 0.05
"""Seconds since a cell began, and the share of the cells that are run: before both, the pace says nothing of the rest.
Environments are made meanwhile."""


class Progress(Protocol):
    """Gets what happens while cells run. Safe to call from several threads.

    `cell` and `environment` are ids. `label` is the verdict's `status`, then what else there is: `reproduces
    different-loop`. What is unexpected is shown at once. What was taken over from an earlier run is no measure of the
    pace. A context manager: leaving it restores the terminal.
    """

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...
    def started(self, total: int) -> None: ...
    def cell_started(self, cell: str, environment: str) -> None: ...
    def cell_finished(self, cell: str, environment: str, label: str, *, unexpected: bool) -> None: ...
    def cell_reused(self, status: str) -> None: ...
    def note(self, text: str) -> None: ...
    def finished(self) -> None: ...


class _Running(msgspec.Struct, frozen=True):
    cell: str
    environment: str
    since: float


class Tally:
    """Counts and times that both displays show. `clock` gives seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.started(0)

    def started(self, total: int) -> None:
        """Count from the beginning: a command may have several runs, one after the other."""
        self.total = total
        self.done = 0
        self.reused = 0
        self.since = self.clock()
        self.first_began: float | None = None
        self.running: list[_Running] = []
        self.statuses: Counter[str] = Counter()

    def cell_started(self, cell: str, environment: str) -> None:
        now = self.clock()
        self.first_began = now if self.first_began is None else self.first_began
        self.running.append(_Running(cell, environment, now))

    def cell_finished(self, cell: str, environment: str, label: str) -> None:
        # A repeated cell may run several times at once; which of the equal entries goes makes no difference.
        for entry in self.running:
            if (entry.cell, entry.environment) == (cell, environment):
                self.running.remove(entry)
                break
        self.done += 1
        self.statuses[read_status(label)] += 1

    def cell_reused(self, status: str) -> None:
        self.done += 1
        self.reused += 1
        self.statuses[status] += 1

    @property
    def elapsed(self) -> float:
        return self.clock() - self.since

    @property
    def rate(self) -> float:
        """Cells a second, of those that are run."""
        return (self.done - self.reused) / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds left at the pace since the first cell began; None until that means something."""
        if self.first_began is None:
            return None
        ran, running = self.done - self.reused, self.clock() - self.first_began
        if running < SETTLED_AFTER or not ran or ran < SETTLED_SHARE * (self.total - self.reused):
            return None
        return (self.total - self.done) * running / ran

    @property
    def share(self) -> int:
        """Percent that are done; 100 only when all are."""
        return 100 * self.done // max(self.total, 1)

    def speed(self) -> str:
        """`24.1 cells/s`; empty where it is less than one."""
        return f"{self.rate:.1f} cells/s" if self.rate >= 1 else ""

    def pace(self) -> str:
        """`24.1 cells/s, 35 s left`; without what isn't known yet."""
        left = "" if self.left is None else f"{duration(round(self.left))} left"
        return ", ".join(part for part in (self.speed(), left) if part)

    def summary(self) -> str:
        """`960 cells in 42 s (22.9 cells/s): 500 clean, 460 reproduces`."""
        counts = ", ".join(f"{number} {status}" for status, number in self.statuses.most_common())
        pace = f"{self.reused} reused" if self.reused else self.speed()
        head = f"{count(self.done, 'cell')} in {duration(round(self.elapsed))}" + (f" ({pace})" if pace else "")
        return f"{head}: {counts}" if counts else head


class CountingProgress:
    """What both displays do: count under a lock, and show something after each change."""

    def __init__(self, clock: Clock) -> None:
        self._tally = Tally(clock)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def started(self, total: int) -> None:
        with self._lock:
            self._tally.started(total)

    def cell_started(self, cell: str, environment: str) -> None:
        with self._lock:
            self._tally.cell_started(cell, environment)
            self._show_change()

    def cell_finished(self, cell: str, environment: str, label: str, *, unexpected: bool) -> None:
        with self._lock:
            self._tally.cell_finished(cell, environment, label)
            self._show_change()
        if unexpected:  # not under the lock: a live display draws itself anew before it lets a line pass
            self._show_unexpected(cell, environment, label)

    def cell_reused(self, status: str) -> None:
        with self._lock:
            self._tally.cell_reused(status)
            self._show_change()

    def _show_change(self) -> None: ...

    def _show_unexpected(self, cell: str, environment: str, label: str) -> None:
        raise NotImplementedError


class PlainProgress(CountingProgress):
    """A line every few seconds; notes and what is unexpected at once."""

    def __init__(self, stream: TextIO, *, clock: Clock = time.monotonic) -> None:
        super().__init__(clock)
        self._stream = stream
        self._printed = clock()

    def started(self, total: int) -> None:
        super().started(total)
        self._printed = self._tally.clock()

    def note(self, text: str) -> None:
        with self._lock:
            self._print(text)

    def finished(self) -> None:
        with self._lock:
            self._print(self._tally.summary())

    def _show_unexpected(self, cell: str, environment: str, label: str) -> None:
        with self._lock:
            self._print(f"unexpected: {label}: {cell} on {shorten_environment(environment)}")

    def _show_change(self) -> None:
        now = self._tally.clock()
        if now - self._printed < PLAIN_INTERVAL or self._tally.done == self._tally.total:
            return
        self._printed = now
        tally = self._tally
        first = next(iter(tally.running), None)
        running = f"running {first.cell} on {shorten_environment(first.environment)}" if first else ""
        parts = (f"{tally.done}/{tally.total} cells", f"{tally.share} %", tally.pace(), running)
        self._print(", ".join(part for part in parts if part))

    def _print(self, text: str) -> None:
        print(escape_message(text), file=self._stream, flush=True)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...
    def started(self, total: int) -> None: ...
    def cell_started(self, cell: str, environment: str) -> None: ...
    def cell_finished(self, cell: str, environment: str, label: str, *, unexpected: bool) -> None: ...
    def cell_reused(self, status: str) -> None: ...
    def note(self, text: str) -> None: ...
    def finished(self) -> None: ...


class NotesOnly(Silence):
    """For a run whose command shows itself how far it is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def note(self, text: str) -> None:
        print(escape_message(text), file=self._stream, flush=True)


class ExpectingErrors:
    """For a run of suites that are there to fail: nothing is unexpected, all else is shown as `inner` does."""

    def __init__(self, inner: Progress) -> None:
        self._inner = inner

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._inner.__exit__(*exc)

    def started(self, total: int) -> None:
        self._inner.started(total)

    def cell_started(self, cell: str, environment: str) -> None:
        self._inner.cell_started(cell, environment)

    def cell_finished(self, cell: str, environment: str, label: str, *, unexpected: bool) -> None:  # noqa: ARG002
        self._inner.cell_finished(cell, environment, label, unexpected=False)

    def cell_reused(self, status: str) -> None:
        self._inner.cell_reused(status)

    def note(self, text: str) -> None:
        self._inner.note(text)

    def finished(self) -> None:
        self._inner.finished()


def read_status(label: str) -> str:
    """The first word of a label."""
    return label.split(maxsplit=1)[0] if label.strip() else "unknown"
