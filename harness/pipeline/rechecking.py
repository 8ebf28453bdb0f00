"""A random sample of the cells is run once more under the reference launcher: both are to observe the same."""

from __future__ import annotations

import dataclasses
import math
import random
import threading
from typing import TYPE_CHECKING

from harness.pipeline.cells import execute, target_of
from harness.pipeline.disagreement import disagreement
from harness.store.model import Recheck
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.environments.model import Built
    from harness.evidence.model import Evidence
    from harness.pipeline.settings import Settings
    from harness.store.model import EvidenceDifference, Outcome


class Rechecks:
    """The re-checks of one environment's cells in one run. Safe to use from several threads.

    Cells are chosen when all have run, since only then is it known which of them the launcher left to the reference
    launcher: with those there is nothing to compare.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._measured: list[Outcome] = []
        self._cells: set[str] = set()
        self._varying: list[EvidenceDifference] = []
        self._differing: list[EvidenceDifference] = []

    def measured(self, outcome: Outcome) -> None:
        """This was measured in this run."""
        with self._lock:
            self._measured.append(outcome)

    def chosen(self) -> Sequence[Outcome]:
        """The sample, drawn by the run's name, so that the results say how to draw it again."""
        settings = self._settings
        eligible = [one for one in self._measured if was_forked(one)]
        if settings.reference_launcher is None or not settings.recheck or not eligible:
            return ()
        size = math.ceil(len(eligible) * settings.recheck / 100)
        eligible.sort(key=lambda one: (one.cell, one.sample))
        return random.Random(f"{settings.run} {eligible[0].environment}").sample(eligible, size)  # noqa: S311 - no secret

    def check(self, built: Built, outcome: Outcome) -> None:
        """Run the outcome's cell under the reference launcher and hold what it shows against what was observed."""
        settings = self._settings
        assert settings.reference_launcher is not None
        referring = dataclasses.replace(settings, launcher=settings.reference_launcher)
        files = settings.subjects[outcome.cell].files(target_of(built.environment))

        def expect() -> Evidence:
            return execute(referring, built, files)[0]

        def observe() -> Evidence:
            return execute(settings, built, files)[0]

        expected = expect()
        if expected.infrastructure:
            settings.progress.note(f"{outcome.cell} could not be re-checked: {expected.infrastructure}")
            return
        found = disagreement(outcome.cell, expected, settings.evidence.get(outcome.evidence), expect, observe)
        with self._lock:
            self._cells.add(outcome.cell)
            if found is not None:
                (self._varying if found.varies else self._differing).append(found.difference)
        if found is not None:
            settings.progress.note(f"{outcome.environment}: {found.said}")

    def result(self) -> Recheck | None:
        """What came of it; None if nothing was re-checked."""
        if not self._cells:
            return None
        return Recheck(cells=tuple(sorted(self._cells)), varying=tuple(self._varying), differing=tuple(self._differing))


def was_forked(outcome: Outcome) -> bool:
    """Whether the outcome is of a suite that the launcher ran in its own way, and can be believed."""
    return (
        outcome.timings is not None
        and not outcome.timings.spawned
        and bool(outcome.evidence)
        and outcome.verdict.status is not Status.INFRASTRUCTURE
    )
