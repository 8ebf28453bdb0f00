"""Rules that differ in one axis are shown as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from harness.compare.rules import NOT, join_rules

if TYPE_CHECKING:
    from harness.compare.rules import Values

AXES = {"policy": ("a", "b", "c", "d"), "scope": ("x", "y"), "site": ("s", "t", "u")}
RULES = st.lists(
    st.dictionaries(st.sampled_from(sorted(AXES)), st.integers(0, 3), max_size=3).map(
        lambda chosen: tuple(sorted((axis, AXES[axis][number % len(AXES[axis])]) for axis, number in chosen.items()))
    ),
    max_size=12,
)


def cells(rule: Values) -> set[tuple[str, str, str]]:
    """All that meet the rule."""
    met = set()
    for policy in AXES["policy"]:
        for scope in AXES["scope"]:
            for site in AXES["site"]:
                values = {"policy": policy, "scope": scope, "site": site}
                if all(
                    (values[axis.removesuffix(NOT)] in value.split(",")) is not axis.endswith(NOT)
                    for axis, value in rule
                ):
                    met.add((policy, scope, site))
    return met


def test_values_of_one_axis_are_listed_and_what_is_left_out_if_that_is_less() -> None:
    assert join_rules([((("policy", "a"),), 1), ((("policy", "b"),), 2)], AXES) == [((("policy", "a,b"),), 3)]
    three = [((("policy", each), ("site", "s")), 1 << place) for place, each in enumerate("abd")]
    assert join_rules(three, AXES) == [((("policy!", "c"), ("site", "s")), 7)]


def test_rules_that_differ_in_two_axes_or_speak_of_different_ones_stay_apart() -> None:
    apart: list[tuple[Values, int]] = [
        ((("policy", "a"), ("site", "s")), 1),
        ((("policy", "b"), ("site", "t")), 2),
        ((("policy", "c"),), 4),
        ((), 8),
    ]
    assert join_rules(apart, AXES) == apart


@given(RULES)
def test_joining_says_the_same_of_every_cell_and_covers_the_same(rules: list[Values]) -> None:
    numbered = [(rule, 1 << place) for place, rule in enumerate(rules)]
    found = join_rules(numbered, AXES)
    assert sum(covers for _, covers in found) == (1 << len(rules)) - 1
    covered = set().union(*(cells(rule) for rule in rules if rule))
    assert set().union(*(cells(rule) for rule, _ in found if rule)) == covered
    assert len(found) <= len(numbered)
