"""What `matrix --only` runs: cells of a plan by what earlier runs in the results folder came to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.compare.model import ChangeKind
from harness.errors import NothingSelectedError
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.compare.categories import Judge
    from harness.compare.model import Samples
    from harness.environments.model import EnvironmentRequest
    from harness.planning.plan import Plan
    from harness.store.model import Results


class Only(StrEnum):
    """Which cells of an environment run again. Of several runs that measured one, the newest counts.

    - `failed`: it `reproduces` or `fails`, or could not be measured (`infrastructure`)
    - `changed`: it came to another outcome than in the run before, or, where it was measured once, in the baseline
    - `unstable`: its samples are not the same outcome, a re-check saw it vary, or it is known to be unstable
    - `new`: there is no outcome of it
    """

    FAILED = "failed"
    CHANGED = "changed"
    UNSTABLE = "unstable"
    NEW = "new"


FAILED = frozenset({Status.REPRODUCES, Status.FAILS, Status.INFRASTRUCTURE})
UNCHANGED = frozenset({ChangeKind.SAME, ChangeKind.MISSING})


@dataclass(frozen=True, kw_only=True)
class Records:
    """What is on record of cells, each by the environment's id and its own, and how that is judged."""

    runs: Mapping[tuple[str, str], list[Samples]]  # of each run that measured it, the newest last
    varying: frozenset[tuple[str, str]]  # re-checks found that these vary
    baseline: Mapping[tuple[str, str], list[Samples]]
    judge: Judge
    why_unstable: Callable[[str], str]

    def list_kinds(self, environment: str, cell: str) -> Iterator[Only]:
        """All that the cell is there."""
        key = (environment, cell)
        history = self.runs.get(key, [])
        if not history:
            yield Only.NEW
            return
        newest = history[-1]
        if any(one.status in FAILED for one in newest):
            yield Only.FAILED
        before = (history[:-1] or self.baseline.get(key, []))[-1:]
        if before and self.judge.category(before[0], newest) not in UNCHANGED:
            yield Only.CHANGED
        if self.judge.category(newest, newest) is ChangeKind.UNSTABLE or key in self.varying or self.why_unstable(cell):
            yield Only.UNSTABLE


def read_records(results: Results, baseline: Results, judge: Judge, why_unstable: Callable[[str], str]) -> Records:
    """What the results and the baseline have on record."""
    return Records(
        runs=_collect(results),
        varying=frozenset(
            (run.header.environment_id, one.cell) for run in results.runs for one in run.rechecks if one.varies
        ),
        baseline=_collect(baseline),
        judge=judge,
        why_unstable=why_unstable,
    )


def _collect(results: Results) -> dict[tuple[str, str], list[Samples]]:
    """What a run took over was measured by the run that it names, and is judged as the newest file judges it."""
    found: dict[tuple[str, str], dict[tuple[str, str], Samples]] = defaultdict(dict)
    for run in results.runs:
        for one in run.outcomes:
            measured = found[run.header.environment_id, one.cell]
            origin = (one.reused_from or one.run, run.header.run)
            measured[origin] = (*measured.get(origin, ()), one.verdict)
    return {
        key: list({origin: samples for (origin, _), samples in sorted(measured.items(), key=_name_origin)}.values())
        for key, measured in found.items()
    }


def _name_origin(item: tuple[tuple[str, str], Samples]) -> tuple[str, str]:
    return item[0]


def narrow_to(plan: Plan, only: Iterable[Only], records: Records, name: Callable[[EnvironmentRequest], str]) -> Plan:
    """The cells of the plan that are of one of these kinds. `name` says the id of an environment.

    Raises `NothingSelectedError` where there are none.
    """
    wanted = frozenset(only)
    chosen = {
        request: frozenset(
            cell for cell in plan.cells_in(request) if not wanted.isdisjoint(records.list_kinds(where, cell.id))
        )
        for request, where in ((request, name(request)) for request in plan.requests)
    }
    narrowed = plan.narrow(chosen)
    if not narrowed.requests:
        raise NothingSelectedError(
            f"Nothing that is selected is {' or '.join(sorted(wanted))}.",
            remedy="It goes by what is in the results folder: name another one with --results, or leave --only out.",
        )
    return narrowed
