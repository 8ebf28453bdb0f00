"""Counting what comes of comparing launchers in one environment, and telling the display."""

from __future__ import annotations

import statistics
import threading
from collections import Counter
from typing import TYPE_CHECKING

from harness.environments.model import Environment
from harness.store.fidelity import Compared
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from harness.environments.model import Unresolvable
    from harness.output.progress import Progress
    from harness.pipeline.disagreement import Disagreement
    from harness.store.model import EvidenceDifference


class FidelityCounts:
    """Safe to use from several threads; `result` says at any time what was compared so far."""

    def __init__(self, progress: Progress, environment: Environment | Unresolvable) -> None:
        self._progress = progress
        self._environment = environment
        self._lock = threading.Lock()
        self._not_applicable = self._equal = self._reused = 0
        self._left: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._varying: list[EvidenceDifference] = []
        self._differing: list[EvidenceDifference] = []
        self._reference_cpu: list[float] = []
        self._cpu: list[float] = []

    def unresolvable(self, cell: str) -> None:
        """There is no such environment."""
        self._tell(cell, Status.UNRESOLVABLE)

    def not_applicable(self, cell: str) -> None:
        """It can't be expressed here."""
        with self._lock:
            self._not_applicable += 1
        self._tell(cell, Status.NOT_APPLICABLE)

    def left(self, cell: str, reason: str) -> None:
        """It goes to the reference launcher by rule."""
        with self._lock:
            self._left[reason] += 1
        self._tell(cell, "left-to-spawn")

    def failed(self, cell: str, reason: str) -> None:
        """It could not be observed under one of the launchers."""
        with self._lock:
            self._failed[reason] += 1
        self._tell(cell, f"failed {reason}", unexpected=True)

    def compared(self, cell: str, found: Disagreement | None, *, reused: bool) -> None:
        """It ran under both; `reused` says that under the reference launcher an earlier run did it."""
        with self._lock:
            self._reused += reused
            if found is None:
                self._equal += 1
            else:
                (self._varying if found.varies else self._differing).append(found.difference)
        if found is None:
            self._tell(cell, "equal")
        else:
            self._tell(cell, "not-stable" if found.varies else "DIFFERS", unexpected=not found.varies)
            self._progress.note(f"{self._environment.id}: {found.said}")

    def took(self, reference_cpu: float, cpu: float) -> None:
        """CPU seconds that a cell took under both in this run."""
        with self._lock:
            self._reference_cpu.append(reference_cpu)
            self._cpu.append(cpu)

    def result(self) -> Compared:
        """What was compared so far."""
        with self._lock:
            return Compared(
                environment_id=self._environment.id,
                environment=self._environment if isinstance(self._environment, Environment) else None,
                unresolvable="" if isinstance(self._environment, Environment) else self._environment.reason,
                not_applicable=self._not_applicable,
                left=dict(self._left),
                failed=dict(self._failed),
                equal=self._equal,
                varying=tuple(self._varying),
                differing=tuple(self._differing),
                reused=self._reused,
                reference_cpu=_median(self._reference_cpu),
                cpu=_median(self._cpu),
            )

    def _tell(self, cell: str, label: str, *, unexpected: bool = False) -> None:
        self._progress.cell_finished(cell, self._environment.id, label, unexpected=unexpected)


def _median(seconds: list[float]) -> float | None:
    return round(statistics.median(seconds), 4) if seconds else None
