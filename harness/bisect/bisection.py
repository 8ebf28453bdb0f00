"""From candidates to the changes between them: measures where the search says, and reports each step."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import msgspec

from harness.bisect.candidates import BisectCandidate
from harness.bisect.measuring import MeasuredEnvironment
from harness.bisect.search import ChangePoint, Search
from harness.errors import UsageError
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import outcome_key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from harness.bisect.measuring import Measurer
    from harness.verdicts.signatures import SignatureCategory

REPEAT_UNSTABLE = 5
"""Runs of everything as soon as the runs in one environment disagree."""


class OutcomeState(Enum):
    """Outcomes that are compared as such, whatever else is known of them."""

    UNSTABLE = "unstable"
    INEXPRESSIBLE = "not applicable"


class Listener(Protocol):
    """Hears of each step."""

    def measured(self, candidate: BisectCandidate, measured: MeasuredEnvironment, *, left: int) -> None:
        """One more step is done; `left` are still to come, as far as is known."""
        ...

    def again(self, candidate: BisectCandidate, repeat: int) -> None:
        """The runs on this candidate disagree, so everything is measured anew, `repeat` times."""
        ...


class Bisection(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, and where it changes. Places count in `candidates`."""

    candidates: tuple[BisectCandidate, ...]
    measured: Mapping[int, MeasuredEnvironment]  # by place, in order; also those that could not be resolved
    changes: tuple[ChangePoint, ...]
    steps: int
    every: bool

    def skipped(self, change: ChangePoint) -> tuple[int, ...]:
        """The places inside a change: what could not be resolved there."""
        return tuple(range(change.before + 1, change.since))


class SameEndsError(UsageError):
    """Both ends have the same outcome, so nothing can be narrowed down between them."""


def find_outcome(measured: MeasuredEnvironment, categories: Mapping[str, SignatureCategory]) -> Hashable | None:
    """What is compared: equal for two environments where the same happened. None where there is no environment.

    Runs that disagree are an outcome of their own, whatever they show and however often: what a few runs show of a
    subject that is unstable says little about another few.
    """
    if measured.environment is None:
        return None
    if all(verdict.status is Status.NOT_APPLICABLE for verdict in measured.verdicts):
        return OutcomeState.INEXPRESSIBLE
    kinds = {outcome_key(verdict, categories) for verdict in measured.verdicts}
    return kinds.pop() if len(kinds) == 1 else OutcomeState.UNSTABLE


class Bisector:
    """Walks through the candidates. `describe` puts what was measured in a few words."""

    def __init__(
        self,
        bench: Measurer,
        categories: Mapping[str, SignatureCategory],
        listener: Listener,
        *,
        describe: Callable[[MeasuredEnvironment], str],
        every: bool = False,
    ) -> None:
        self._bench = bench
        self._categories = categories
        self._listener = listener
        self._describe = describe
        self._every = every
        self._steps = 0

    def run(self, candidates: Sequence[BisectCandidate], repeat: int) -> Bisection:
        """The changes between the ends; as soon as runs disagree, everything again with more of them.

        Raises `SameEndsError` where the ends are the same, unless every one is to be looked at, `UsageError` where
        nothing can be resolved, and `InfrastructureError` when something can't be measured.
        """
        search = Search(len(candidates), every=self._every)
        found: dict[int, MeasuredEnvironment] = {}
        while (place := search.next()) is not None:
            self._bench.prepare([candidates[one].request for one in search.ahead()])
            found[place] = self._bench.measure(candidates[place].request, repeat)
            outcome = find_outcome(found[place], self._categories)
            search.record(place, outcome)
            self._steps += 1
            self._listener.measured(candidates[place], found[place], left=search.left)
            if outcome is OutcomeState.UNSTABLE and repeat < REPEAT_UNSTABLE:
                self._listener.again(candidates[place], REPEAT_UNSTABLE)
                return self.run(candidates, REPEAT_UNSTABLE)
        if not self._every and not search.changes():
            _refuse(candidates, found, search, self._describe)
        return Bisection(
            candidates=tuple(candidates),
            measured=dict(sorted(found.items())),
            changes=search.changes(),
            steps=self._steps,
            every=self._every,
        )


def _refuse(
    candidates: Sequence[BisectCandidate],
    found: Mapping[int, MeasuredEnvironment],
    search: Search,
    describe: Callable[[MeasuredEnvironment], str],
) -> None:
    known = list(search.outcomes)
    if len(known) < 2:
        reasons = {measured.reason for measured in found.values() if measured.reason}
        raise UsageError(
            f"{len(known) or 'None'} of {len(candidates)} can be resolved: there is nothing to compare.",
            remedy=f"Name another --python or other ends. The resolver says: {' '.join(sorted(reasons)[:1])}",
        )
    first, last = (candidates[known[0]].name, candidates[known[-1]].name)
    raise SameEndsError(
        f"The outcome in {first} and in {last} is the same: {describe(found[known[0]])}.",
        remedy="Name other ends with --from and --to, or look at everything in between with --all.",
    )
