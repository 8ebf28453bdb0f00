"""Counts suites that came to nothing because the server failed, and ends a run in which there are too many."""

from __future__ import annotations

import threading

from harness.errors import InfrastructureError

ATTEMPTS = 3
"""How often a suite runs if the server fails each time. A suite may be what makes it fail."""

MOST = 5
"""Suites in a row that came to nothing before the run ends: then it isn't the suites."""


class ServerFailures:
    """Suites in a row that came to nothing for the server's sake. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._waiting = False

    def reset(self) -> None:
        """A suite ran and the server served it."""
        with self._lock:
            self._count, self._waiting = 0, False

    def record(self, trouble: str) -> None:
        """A suite came to nothing; raises `InfrastructureError` when that is one too many."""
        with self._lock:
            self._count += 1
            too_many = self._count >= MOST
        if too_many:
            raise InfrastructureError(
                f"The server failed {ATTEMPTS} times for each of {MOST} suites in a row: {trouble}.",
                remedy="What was recorded is kept. Find out what happens to the server, then run again.",
            )

    def begin_waiting(self) -> bool:
        """Whether nobody waits for the server yet."""
        with self._lock:
            first, self._waiting = not self._waiting, True
        return first
