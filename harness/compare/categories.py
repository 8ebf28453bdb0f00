"""What became of one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.compare.model import ChangeKind, Samples
from harness.compare.remembering import IdentityCache
from harness.verdicts.model import Status
from harness.verdicts.rates import identity
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.verdicts.model import Finding, Verdict

GRAVITY = {
    Status.CLEAN: 0,
    Status.WARNS: 1,
    Status.LEAKS: 2,
    Status.REPRODUCES: 3,
    Status.FAILS: 3,
}
"""How grave a verdict of something that ran is; one that isn't here says nothing about the cell."""

_ERRORS = frozenset({SignatureCategory.ERROR, SignatureCategory.OUTCOME})
_TELLING = {
    Status.CLEAN: frozenset(SignatureCategory),
    Status.WARNS: frozenset(SignatureCategory),
    Status.LEAKS: frozenset({*_ERRORS, SignatureCategory.LEAK}),
    Status.REPRODUCES: _ERRORS,
    Status.FAILS: _ERRORS,
}
"""Kinds of signatures that a verdict of this status stands for."""


class Account(msgspec.Struct, frozen=True):
    """What samples come to, those that can't be believed left aside."""

    believed: Samples
    inexpressible: bool
    kinds: frozenset[tuple[object, ...]]  # more than one where they disagree


class Judge:
    """Tells what became of a cell. `categories` are those of the signatures."""

    def __init__(self, categories: Mapping[str, SignatureCategory]) -> None:
        self._categories = categories
        self._account = IdentityCache(self._of)

    def category(self, before: Samples, after: Samples) -> ChangeKind:
        """What became of a cell with these samples. Samples that can't be believed are left aside."""
        one, other = self._account(before), self._account(after)
        if not one.believed or not other.believed:
            return ChangeKind.MISSING
        if one.inexpressible and other.inexpressible:
            return ChangeKind.SAME
        if other.inexpressible:
            return ChangeKind.INEXPRESSIBLE
        return ChangeKind.EXPRESSIBLE if one.inexpressible else self._of_what_ran(one, other)

    def findings(self, verdict: Verdict) -> tuple[Finding, ...]:
        """What the verdict stands for: the errors, where there are any, without leaks and warnings beside them."""
        wanted = _TELLING.get(verdict.status, frozenset())
        return tuple(
            one for one in verdict.findings if self._categories.get(one.signature, SignatureCategory.ERROR) in wanted
        )

    def essence(self, verdict: Verdict) -> tuple[object, ...]:
        """Equal for two runs that did the same: no sample texts, and nothing that doesn't count beside an error."""
        return identity(msgspec.structs.replace(verdict, findings=self.findings(verdict)))

    def in_full(self, verdict: Verdict) -> str:
        """More than a label says: the pattern, and each finding with its channel and role."""
        found = (f"{one.signature} in the {one.channel} ({one.role})" for one in self.findings(verdict))
        return f"{verdict.pattern} {', '.join(dict.fromkeys(found))}"

    def _of(self, samples: Samples) -> Account:
        believed = tuple(one for one in samples if one.status in _TELLING or one.status is Status.NOT_APPLICABLE)
        inexpressible = all(one.status is Status.NOT_APPLICABLE for one in believed)
        return Account(
            believed, inexpressible, frozenset() if inexpressible else frozenset(map(self.essence, believed))
        )

    def _of_what_ran(self, one: Account, other: Account) -> ChangeKind:
        if len(one.kinds) > 1 or len(other.kinds) > 1:
            return ChangeKind.UNSTABLE
        return ChangeKind.SAME if one.kinds == other.kinds else self._between(one.believed[0], other.believed[0])

    def _between(self, one: Verdict, other: Verdict) -> ChangeKind:
        graver = GRAVITY[other.status] - GRAVITY[one.status]
        if graver:
            return ChangeKind.APPEARED if graver > 0 else ChangeKind.DISAPPEARED
        names, others = self._channels(one), self._channels(other)
        moved = names != others and {name for name, _ in names} == {name for name, _ in others}
        return ChangeKind.OTHER_CHANNEL if moved else ChangeKind.OTHER_ERROR

    def _channels(self, verdict: Verdict) -> frozenset[tuple[str, str]]:
        found = [(each.signature, each.channel.value) for each in self.findings(verdict)]
        return frozenset(found + [(each.type, each.channel.value) for each in verdict.unnamed])
