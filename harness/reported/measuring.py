"""What was measured of each state of each report, from the results of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import Environment, Unresolvable
from harness.reported.judging import (
    Judgement,
    is_out_of_date,
    is_unexplained,
    judge,
    make_not_measured,
    make_unresolvable,
)
from harness.reported.planning import PlannedState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.environments.model import EnvironmentRequest
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Outcome, Results
    from harness.verdicts.signatures import Signature

    Describe = Callable[[EnvironmentRequest], Environment | Unresolvable]
    Outcomes = dict[tuple[str, str], Outcome]  # by environment and suite


class MeasuredState(msgspec.Struct, frozen=True, kw_only=True):
    """One state compared with what was measured. Without an environment nothing was run."""

    asked: PlannedState
    judgement: Judgement
    environment: Environment | None = None
    evidence: str = ""

    @property
    def unexplained(self) -> bool:
        """Whether it disagrees, and nobody has found out why."""
        return is_unexplained(self.asked.state, self.judgement)

    @property
    def out_of_date(self) -> bool:
        """Whether there is a remark, and it is about something else than what was measured."""
        return is_out_of_date(self.asked.state, self.judgement)


def judge_states(
    asked: Iterable[PlannedState],
    results: Results,
    evidence: EvidenceStore,
    signatures: tuple[Signature, ...],
    describe: Describe,
) -> tuple[MeasuredState, ...]:
    """Every state, judged by what its suite showed in the environment it asks for."""
    outcomes = {(run.header.environment_id, outcome.cell): outcome for run in results.runs for outcome in run.outcomes}
    return tuple(_judge_state(one, outcomes, evidence, signatures, describe) for one in asked)


def _judge_state(
    asked: PlannedState, outcomes: Outcomes, store: EvidenceStore, signatures: tuple[Signature, ...], describe: Describe
) -> MeasuredState:
    if asked.request is None:
        return MeasuredState(asked=asked, judgement=make_not_measured(asked.reason))
    described = describe(asked.request)
    if isinstance(described, Unresolvable):
        return MeasuredState(asked=asked, judgement=make_unresolvable(described))
    outcome = outcomes[described.id, asked.suite]
    judgement = judge(asked.rebuilt.report, asked.state, store.get(outcome.evidence), signatures)
    return MeasuredState(asked=asked, judgement=judgement, environment=described, evidence=outcome.evidence)
