"""What became of one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.compare.model import ChangeKind, Samples
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import COUNTING, IdentityCache, OutcomeKey, outcome_key, select_counting_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

GRAVITY = {
    Status.CLEAN: 0,
    Status.WARNS: 1,
    Status.LEAKS: 2,
    Status.REPRODUCES: 3,
    Status.FAILS: 3,
}
"""How grave a verdict of something that ran is; one that isn't here says nothing about the cell."""


class Account(msgspec.Struct, frozen=True):
    """What samples come to. Those of which nothing was measured are left aside."""

    measured: Samples
    inexpressible: bool
    outcomes: frozenset[OutcomeKey]  # more than one where they disagree


class Judge:
    """Tells what became of a cell. `categories` are those of the signatures."""

    def __init__(self, categories: Mapping[str, SignatureCategory]) -> None:
        self._categories = categories
        self._account = IdentityCache(self._make_account)

    def category(self, before: Samples, after: Samples) -> ChangeKind:
        """What became of a cell with these samples. Samples of which nothing was measured don't count."""
        one, other = self._account(before), self._account(after)
        if not one.measured or not other.measured:
            return ChangeKind.MISSING
        if one.inexpressible and other.inexpressible:
            return ChangeKind.SAME
        if other.inexpressible:
            return ChangeKind.INEXPRESSIBLE
        return ChangeKind.EXPRESSIBLE if one.inexpressible else self._compare_what_ran(one, other)

    def _make_account(self, samples: Samples) -> Account:
        measured = tuple(one for one in samples if one.status in COUNTING or one.status is Status.NOT_APPLICABLE)
        return Account(
            measured,
            all(one.status is Status.NOT_APPLICABLE for one in measured),
            frozenset(outcome_key(one, self._categories) for one in measured),
        )

    def _compare_what_ran(self, one: Account, other: Account) -> ChangeKind:
        if len(one.outcomes) > 1 or len(other.outcomes) > 1:
            return ChangeKind.UNSTABLE
        return (
            ChangeKind.SAME
            if one.outcomes == other.outcomes
            else self._compare_verdicts(one.measured[0], other.measured[0])
        )

    def _compare_verdicts(self, one: Verdict, other: Verdict) -> ChangeKind:
        graver = GRAVITY[other.status] - GRAVITY[one.status]
        if graver:
            return ChangeKind.APPEARED if graver > 0 else ChangeKind.DISAPPEARED
        names, others = self._channels(one), self._channels(other)
        moved = names != others and {name for name, _ in names} == {name for name, _ in others}
        return ChangeKind.OTHER_CHANNEL if moved else ChangeKind.OTHER_ERROR

    def _channels(self, verdict: Verdict) -> frozenset[tuple[str, str]]:
        found = [(each.signature, each.channel.value) for each in select_counting_findings(verdict, self._categories)]
        return frozenset(found + [(each.type, each.channel.value) for each in verdict.unnamed])
