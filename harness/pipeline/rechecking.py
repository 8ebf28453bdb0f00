"""A random sample of the cells is run once more under the reference launcher: both are to show the same."""

from __future__ import annotations

import dataclasses
import math
import random
from typing import TYPE_CHECKING

import msgspec

from harness.pipeline.cells import execute, make_target
from harness.pipeline.disagreement import find_disagreement
from harness.store.model import CellRecheck
from harness.verdicts.classify import classify
from harness.verdicts.same_outcome import outcome_key
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.catalogue.cell import Cell
    from harness.environments.model import Built
    from harness.evidence.model import Evidence
    from harness.pipeline.settings import Settings
    from harness.store.model import Outcome
    from harness.suites.subject import Subject

    Run = tuple[Cell | Subject, int]  # a cell and the number of its sample


def choose_rechecks(settings: Settings, environment: str, runs: Iterable[Run]) -> frozenset[Run]:
    """Which of the runs are re-checked. Drawn by the run's name, so that the results say how to draw them again.

    What must run in a new process isn't among them: there is nothing to compare. Of what turns out to need one when it
    is forked, that can't be known yet.
    """
    forked = [run for run in runs if not settings.subject(run[0]).new_process]
    if settings.reference_launcher is None or not settings.recheck or not forked:
        return frozenset()
    forked.sort(key=lambda run: (run[0].id, run[1]))
    size = math.ceil(len(forked) * settings.recheck / 100)
    return frozenset(random.Random(f"{settings.run} {environment}").sample(forked, size))  # noqa: S311 - no secret


def recheck(settings: Settings, built: Built, outcome: Outcome) -> CellRecheck:
    """Run the outcome's cell under the reference launcher and compare what it shows with what was observed."""
    assert settings.reference_launcher is not None
    referring = dataclasses.replace(settings, launcher=settings.reference_launcher)
    files = settings.subjects[outcome.cell].files(make_target(built.environment))

    def expect() -> Evidence:
        return execute(referring, built, files)[0]

    def observe() -> Evidence:
        return execute(settings, built, files)[0]

    def judge(evidence: Evidence) -> object:
        return outcome_key(classify(evidence, settings.signatures), load_categories())

    expected, timings = execute(referring, built, files)
    done = CellRecheck(
        cell=outcome.cell,
        environment=outcome.environment,
        run=outcome.run,
        sample=outcome.sample,
        evidence=outcome.evidence,
        cpu=timings.cpu,
        failed=expected.infrastructure,
    )
    if done.failed:
        settings.progress.note(f"{outcome.cell} could not be re-checked: {done.failed}")
        return done
    found = find_disagreement(
        outcome.cell, expected, settings.evidence.get(outcome.evidence), expect, observe, judge=judge
    )
    if found is None:
        return done
    settings.progress.note(f"{outcome.environment}: {found.message}")
    return msgspec.structs.replace(done, difference=found.difference, varies=found.varies)
