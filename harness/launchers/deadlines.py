"""When a suite has taken too long: all of it, or without getting on.

A cell is short, so its whole time is limited. A suite of the user's own may take an hour and be well; it is stuck when
no test begins or ends.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from harness.launchers.model import Job

Reached = Literal["cell", "suite", "progress"]
Overrun = Literal[""] | Reached

STEPS = tuple(b'{"kind": "' + kind for kind in (b"phase-start", b"test-phase", b"collecting", b"session-end"))
"""How lines of the probe begin that show that a suite gets on. One that is stuck may open connections for ever."""


class Deadline:
    """Counts from when it is made. `lines` is the file that the probe writes to."""

    def __init__(self, job: Job, lines: Path) -> None:
        self._kind: Reached = "cell" if job.conditions is None else "suite"
        self.whole = job.limit if job.conditions is None else job.conditions.longest
        self._patience = math.inf if job.conditions is None else job.conditions.patience
        self._lines = lines
        self._read = 0
        self._start = self._step = time.monotonic()

    def get_limit(self, reached: Reached) -> float:
        """Seconds that the suite was given."""
        return self._patience if reached == "progress" else self.whole

    def count_remaining(self) -> float:
        """Seconds until it should be looked at again."""
        return max(0.0, min(self._start + self.whole, self._step + self._patience) - time.monotonic())

    def find_reached(self) -> Overrun:
        """Which limit the suite has reached, if any."""
        if time.monotonic() >= self._start + self.whole:
            return self._kind
        if self._patience == math.inf:
            return ""
        if self._gets_on():
            self._step = time.monotonic()
        return "progress" if time.monotonic() >= self._step + self._patience else ""

    def _gets_on(self) -> bool:
        """Whether the suite has made a step since this was asked last."""
        try:
            with self._lines.open("rb") as stream:
                stream.seek(self._read)
                whole, end, _ = stream.read().rpartition(b"\n")
        except FileNotFoundError:
            return False
        self._read += len(whole + end)
        return any(line.startswith(STEPS) for line in whole.split(b"\n"))
