"""Whether two launchers observe the same of a suite, or the suite is one of which no two runs show the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.comparing import find_differences, make_comparable
from harness.store.model import EvidenceDifference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.evidence.model import Evidence

    Observe = Callable[[], Evidence]

AGAIN = 4
"""Further runs under each launcher where they differ: a suite that differs from itself says nothing about launchers."""

SHOWN = 3
"""Places of a difference that a message names."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """What two launchers did not observe alike.

    If it `varies`, some run of one is as some run of the other, or no two of the reference launcher's are alike: then
    it says nothing of the launchers.
    """

    difference: EvidenceDifference
    varies: bool

    @property
    def message(self) -> str:
        """A line for each place."""
        one = self.difference
        what = "is not stable" if self.varies else "DIFFERS between the launchers"
        more = len(one.places) - SHOWN
        rest = [f"and {more} more places"] if more > 0 else []
        return "\n    ".join([f"{one.cell} {what} ({one.repeated}):", *one.places[:SHOWN], *rest])


def find_disagreement(
    cell: str, expected: Evidence, observed: Evidence, expect: Observe, observe: Observe
) -> Disagreement | None:
    """None if the evidence is equal. Otherwise each launcher runs the suite `AGAIN` times more.

    Runs that the server or the machine spoilt don't count.
    """
    places = find_differences(expected, observed)
    if not places:
        return None
    one = [expected, *_count_repeats(expect)]
    other = [observed, *_count_repeats(observe)]
    repeated = f"{_format_counts(one)} under the reference, {_format_counts(other)} under the other"
    return Disagreement(
        difference=EvidenceDifference(cell=cell, places=places, repeated=repeated),
        varies=any(not find_differences(a, b) for a in one for b in other) or _have_nothing_alike(one),
    )


def _have_nothing_alike(observed: Sequence[Evidence]) -> bool:
    """Whether no two of several runs show the same, as with a suite that prints the time."""
    return len(observed) > 1 and all(find_differences(a, b) for a, b in itertools.combinations(observed, 2))


def _count_repeats(run: Observe) -> list[Evidence]:
    return [evidence for evidence in (run() for _ in range(AGAIN)) if not evidence.infrastructure]


def _format_counts(observed: Sequence[Evidence]) -> str:
    """`2 kinds of evidence in 5 runs`."""
    kinds = len({msgspec.json.encode(make_comparable(evidence)) for evidence in observed})
    return f"{kinds} {'kind' if kinds == 1 else 'kinds'} of evidence in {len(observed)} runs"
