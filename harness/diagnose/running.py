"""Running suites as every suite of a user's is run, to see what really happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.remedies import explain_suites
from harness.diagnose.drawing import draw
from harness.diagnose.ledgers import explain_run
from harness.environments.provisioning import Provisioner
from harness.errors import UsageError
from harness.evidence.store import EvidenceStore
from harness.habits.reading import read_habits
from harness.launchers.model import REFERENCE
from harness.packages import NEWEST
from harness.pipeline.run import execute_plan
from harness.pipeline.setup import run_context
from harness.pipeline.soundness import require_sound, require_suites_ran
from harness.planning.plan import plan_run
from harness.store.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.missing_table import ExplainedSuite
    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import DiagnoseOptions
    from harness.diagnose.stories import RunStory
    from harness.evidence.model import Evidence
    from harness.planning.plan import Plan
    from harness.store.model import Outcome
    from harness.suites.suite import Suite

PROFILE = "diagnose"
"""What stands for a profile in the results."""


@dataclass(frozen=True, kw_only=True)
class ObservedRun:
    """One run of a suite in one environment, and what happened in it."""

    suite: Suite
    outcome: Outcome
    evidence: Evidence
    story: RunStory
    missing: ExplainedSuite | None = None  # what the suite lacks, if that is why it fails

    @property
    def ran(self) -> bool:
        """Whether any test ran."""
        return bool(self.evidence.tests)

    def draw(self, width: int, *, plain: bool) -> list[str]:
        """Loops and connections over tests."""
        return draw(self.evidence, width, plain=plain)


def observe_suites(options: DiagnoseOptions, suites: Sequence[Suite], catalogue: Catalogue) -> tuple[ObservedRun, ...]:
    """Run the suites, each in one environment, and explain what was observed.

    Raises `UsageError` where several environments are named, and what a run raises.
    """
    provisioner = Provisioner(download=options.downloads)
    default = () if options.environment is not None else (NEWEST,)
    asked = replace(options, pytest_asyncio_versions=options.pytest_asyncio_versions or default)
    plan = plan_run(asked, tuple(suites), provisioner.interpreters, provisioner.releases)
    plan = msgspec.structs.replace(plan, profile=PROFILE)
    _require_one_environment(plan, suites)
    folder = options.results
    with run_context(options, plan, catalogue, provisioner, folder=folder, launcher=REFERENCE) as (opened, jobs):
        settings = replace(opened, fresh=options.fresh)
        execute_plan(settings, provisioner, jobs=jobs)
    results = read_run(folder, settings.run)
    require_sound(results)
    require_suites_ran(results)
    outcomes = [outcome for run in results.runs for outcome in run.outcomes]
    store = EvidenceStore(folder)
    missing = {one.explanation.suite: one for one in explain_suites("diagnose", options, suites, results, store)}
    return tuple(replace(one, missing=missing.get(one.suite.id)) for one in _explain(suites, outcomes, store))


def _explain(suites: Sequence[Suite], outcomes: Sequence[Outcome], store: EvidenceStore) -> Iterator[ObservedRun]:
    by_id = {suite.id: suite for suite in suites}
    order = list(by_id)
    for outcome in sorted(outcomes, key=lambda one: order.index(one.cell)):
        evidence = store.get(outcome.evidence) if outcome.evidence else None
        if evidence is None:
            continue
        suite = by_id[outcome.cell]
        story = explain_run(evidence, outcome.verdict, read_habits(suite.content), suite.content)
        yield ObservedRun(suite=suite, outcome=outcome, evidence=evidence, story=story)


def _require_one_environment(plan: Plan, suites: Sequence[Suite]) -> None:
    for suite in suites:
        number = sum(suite in plan.cells_in(request) for request in plan.requests)
        if number > 1:
            raise UsageError(
                f"--run takes one environment, not {number}.",
                remedy="Name one version of each, such as --pytest-asyncio 1.5.0 --python 3.13.",
            )
