"""What cells have in common, checked by trying every rule."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from harness.compare.rules import DISCOUNT, FEWEST, LONGEST, Universe

if TYPE_CHECKING:
    from collections.abc import Mapping

CELLS = [f"{a}/{b}/{c}/{d}" for a in "xy" for b in "xyz" for c in "xy" for d in "xy"]
SETS = st.sets(st.sampled_from(CELLS))


def values(cell: str) -> Mapping[str, str]:
    return dict(zip(("one", "two", "three", "four"), cell.split("/"), strict=True))


UNIVERSE = Universe(CELLS, values)
RULES = [
    frozenset(rule)
    for size in range(1, LONGEST + 1)
    for rule in combinations(sorted({condition for cell in CELLS for condition in values(cell).items()}), size)
]


def met(rule: frozenset[tuple[str, str]]) -> set[str]:
    return {cell for cell in CELLS if rule <= values(cell).items()}


@given(SETS, SETS)
def test_every_wanted_cell_is_reported_once_and_no_rule_speaks_of_a_cell_that_did_otherwise(
    wanted: set[str], others: set[str]
) -> None:
    allowed = wanted | others
    covered: list[str] = []
    for rule, bits in UNIVERSE.rules(UNIVERSE.bits(wanted), UNIVERSE.bits(allowed)):
        cells = UNIVERSE.cells(bits)
        covered += cells
        if rule:
            assert met(frozenset(rule)) <= allowed
            assert len(cells) >= FEWEST
            assert set(cells) <= met(frozenset(rule))
    assert sorted(covered) == sorted(wanted)


@given(SETS, SETS)
def test_the_first_rule_is_the_best_there_is(wanted: set[str], others: set[str]) -> None:
    allowed = wanted | others
    scores = [
        len(met(rule) & wanted) * DISCOUNT ** len(rule)
        for rule in RULES
        if len(met(rule) & wanted) >= FEWEST and met(rule) <= allowed
    ]
    rule, covered = next(iter(UNIVERSE.rules(UNIVERSE.bits(wanted), UNIVERSE.bits(allowed))), ((), 0))
    assert bool(rule) == bool(scores)
    if scores:
        assert covered.bit_count() * DISCOUNT ** len(rule) == max(scores)
