"""What became of one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.comparison.model import Category
from harness.verdicts.model import Status
from harness.verdicts.rates import identity
from harness.verdicts.signatures import Category as Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.comparison.model import Samples
    from harness.verdicts.model import Finding, Verdict

GRAVITY = {
    Status.CLEAN: 0,
    Status.WARNS: 1,
    Status.LEAKS: 2,
    Status.REPRODUCES: 3,
    Status.FAILS: 3,
}
"""How grave a verdict of something that ran is; one that isn't here says nothing about the cell."""

_ERRORS = frozenset({Kind.ERROR, Kind.OUTCOME})
_TELLING = {
    Status.CLEAN: frozenset(Kind),
    Status.WARNS: frozenset(Kind),
    Status.LEAKS: frozenset({*_ERRORS, Kind.LEAK}),
    Status.REPRODUCES: _ERRORS,
    Status.FAILS: _ERRORS,
}
"""Kinds of signatures that a verdict of this status stands for."""


class Judge:
    """Tells what became of a cell. `categories` are those of the signatures."""

    def __init__(self, categories: Mapping[str, Kind]) -> None:
        self._categories = categories

    def category(self, before: Samples, after: Samples) -> Category:
        """What became of a cell with these samples. Samples that can't be believed are left aside."""
        one, other = _believed(before), _believed(after)
        if not one or not other:
            return Category.MISSING
        was, is_ = _inexpressible(one), _inexpressible(other)
        if was and is_:
            return Category.SAME
        if is_:
            return Category.INEXPRESSIBLE
        return Category.EXPRESSIBLE if was else self._of_what_ran(one, other)

    def findings(self, verdict: Verdict) -> tuple[Finding, ...]:
        """What the verdict stands for: the errors, where there are any, without leaks and warnings beside them."""
        wanted = _TELLING[verdict.status]
        return tuple(one for one in verdict.findings if self._categories.get(one.signature, Kind.ERROR) in wanted)

    def essence(self, verdict: Verdict) -> tuple[object, ...]:
        """Equal for two runs that did the same: no sample texts, and nothing that doesn't count beside an error."""
        return identity(msgspec.structs.replace(verdict, findings=self.findings(verdict)))

    def in_full(self, verdict: Verdict) -> str:
        """More than a label says: the pattern, and each finding with its channel and role."""
        found = (f"{one.signature} in the {one.channel} ({one.role})" for one in self.findings(verdict))
        return f"{verdict.pattern} {', '.join(dict.fromkeys(found))}"

    def _of_what_ran(self, one: Samples, other: Samples) -> Category:
        kinds = [{self.essence(verdict) for verdict in samples} for samples in (one, other)]
        if max(map(len, kinds)) > 1:
            return Category.UNSTABLE
        return Category.SAME if kinds[0] == kinds[1] else self._between(one[0], other[0])

    def _between(self, one: Verdict, other: Verdict) -> Category:
        graver = GRAVITY[other.status] - GRAVITY[one.status]
        if graver:
            return Category.APPEARED if graver > 0 else Category.DISAPPEARED
        names, others = self._channels(one), self._channels(other)
        moved = names != others and {name for name, _ in names} == {name for name, _ in others}
        return Category.OTHER_CHANNEL if moved else Category.OTHER_ERROR

    def _channels(self, verdict: Verdict) -> frozenset[tuple[str, str]]:
        found = [(each.signature, each.channel.value) for each in self.findings(verdict)]
        return frozenset(found + [(each.type, each.channel.value) for each in verdict.unnamed])


def _believed(samples: Samples) -> Samples:
    return tuple(one for one in samples if one.status in _TELLING or one.status is Status.NOT_APPLICABLE)


def _inexpressible(samples: Samples) -> bool:
    return all(one.status is Status.NOT_APPLICABLE for one in samples)
