"""What the re-checks of one environment's cells come to."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import Environment
from harness.store.model import EvidenceDifference
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.store.model import Run


class EnvironmentFidelity(msgspec.Struct, frozen=True, kw_only=True):
    """How far two launchers showed the same of the cells of one environment."""

    environment_id: str
    environment: Environment | None = None  # None: it can't be resolved
    unresolvable: str = ""  # the resolver's reason; nothing was compared then
    finished: bool = True  # False: the run was interrupted, and more cells were to come
    equal: int = 0
    varying: tuple[EvidenceDifference, ...] = ()  # cells that differ from themselves
    differing: tuple[EvidenceDifference, ...] = ()
    new_process: dict[str, int] = {}  # reason → cells that run in a new process by rule, so they can't differ
    failed: dict[str, int] = {}  # reason → cells that could not be measured under one of the launchers
    not_applicable: int = 0
    reused: int = 0  # of those compared: by an earlier run
    reference_cpu: float | None = None  # median of CPU seconds a cell, of those that ran under both in this run
    cpu: float | None = None

    @property
    def compared(self) -> int:
        """Cells that ran under both."""
        return self.equal + len(self.varying) + len(self.differing)


def find_fidelity(run: Run) -> EnvironmentFidelity:
    """What a run that re-checked every cell found in its environment."""
    verdicts = [outcome.verdict for outcome in run.outcomes]
    found = run.recheck
    differences = (found.varying, found.differing) if found else ((), ())
    outcomes = {(one.cell, one.sample): one for one in run.outcomes}
    # An interrupted run may have a re-check without its outcome.
    both = [(outcomes[key], one) for one in run.rechecks if (key := (one.cell, one.sample)) in outcomes]
    measured = [(outcome, one) for outcome, one in both if not one.failed and not outcome.reused_from]
    return EnvironmentFidelity(
        environment_id=run.header.environment_id,
        environment=run.header.environment,
        unresolvable=next((one.reason for one in verdicts if one.status is Status.UNRESOLVABLE), ""),
        finished=not run.interrupted,
        equal=sum(not one.failed and one.difference is None for one in run.rechecks),
        varying=differences[0],
        differing=differences[1],
        new_process=dict(Counter(one.timings.spawned for one in run.outcomes if one.timings and one.timings.spawned)),
        failed=dict(
            Counter(
                [one.reason for one in verdicts if one.status is Status.INFRASTRUCTURE]
                + [one.failed for one in run.rechecks if one.failed]
            )
        ),
        not_applicable=sum(one.status is Status.NOT_APPLICABLE for one in verdicts),
        reused=sum(bool(outcome.reused_from) for outcome, _ in both),
        reference_cpu=_find_median(one.cpu for _, one in measured),
        cpu=_find_median(outcome.timings.cpu if outcome.timings else None for outcome, _ in measured),
    )


def _find_median(seconds: Iterable[float | None]) -> float | None:
    known = [one for one in seconds if one is not None]
    return round(statistics.median(known), 4) if known else None
