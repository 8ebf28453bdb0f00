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
    Judge = Callable[[Evidence], object]

AGAIN = 4
"""Most further runs under each launcher where they differ: a suite that differs from itself says nothing of them."""

AGAIN_HUNG = 1
"""The same where a run hung: each of them lasts as long as a cell may."""

SHOWN = 3
"""Places of a difference that a message names."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """What two launchers did not observe alike.

    If it `varies`, it says nothing of the launchers: some run of one is as some run of the other, or no two of the
    reference launcher's are alike, or runs of the other differ from each other and all of both come to one outcome.
    """

    difference: EvidenceDifference
    varies: bool

    @property
    def message(self) -> str:
        """What it means, then a line for each place."""
        one = self.difference
        more = len(one.places) - SHOWN
        places = [*one.places[:SHOWN], *([f"and {more} more places"] if more > 0 else [])]
        if self.varies:
            lines = [f"{one.cell} varies from run to run by itself. Nothing needs to be done.", *places, one.repeated]
        else:
            lines = [f"{one.cell} DIFFERS between the launchers ({one.repeated}):", *places]
        return "\n    ".join(lines)


def find_disagreement(
    cell: str, expected: Evidence, observed: Evidence, expect: Observe, observe: Observe, *, judge: Judge
) -> Disagreement | None:
    """None if the evidence is equal. Otherwise both run the suite again until a run of one is as a run of the other.

    That is tried `AGAIN` times. Runs that the server or the machine spoilt don't count. `judge` gives equal answers for
    evidence of one outcome.
    """
    places = find_differences(expected, observed)
    if not places:
        return None
    one, other = [expected], [observed]
    for _ in range(AGAIN_HUNG if expected.hang or observed.hang else AGAIN):
        one += _repeat(expect)
        other += _repeat(observe)
        if _have_something_alike(one, other):
            break
    repeated = f"{_format_counts(one)} under the reference, {_format_counts(other)} under the other"
    return Disagreement(
        difference=EvidenceDifference(cell=cell, places=places, repeated=repeated),
        varies=_have_something_alike(one, other)
        or _have_nothing_alike(one)
        or (_count_kinds(other) > 1 and len(set(map(judge, (*one, *other)))) == 1),
    )


def _have_something_alike(one: Sequence[Evidence], other: Sequence[Evidence]) -> bool:
    return any(not find_differences(a, b) for a in one for b in other)


def _have_nothing_alike(observed: Sequence[Evidence]) -> bool:
    """Whether no two of several runs show the same, as with a suite that prints the time."""
    return len(observed) > 1 and all(find_differences(a, b) for a, b in itertools.combinations(observed, 2))


def _repeat(run: Observe) -> list[Evidence]:
    evidence = run()
    return [] if evidence.infrastructure else [evidence]


def _format_counts(observed: Sequence[Evidence]) -> str:
    """`2 kinds of evidence in 5 runs`."""
    kinds = _count_kinds(observed)
    runs = len(observed)
    return f"{kinds} {'kind' if kinds == 1 else 'kinds'} of evidence in {runs} {'run' if runs == 1 else 'runs'}"


def _count_kinds(observed: Sequence[Evidence]) -> int:
    return len({msgspec.json.encode(make_comparable(evidence)) for evidence in observed})
