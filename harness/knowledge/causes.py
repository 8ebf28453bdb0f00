"""Minimal causes of a signature: the few rules over habits that cover most of the cells that show it."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import find_values
from harness.compare.rules import FEWEST, Universe
from harness.knowledge.outcomes import sort_versions
from harness.knowledge.rule_search import PURE, Conditions, RuleSearch
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.value import NamedAxis
    from harness.knowledge.outcomes import Outcomes

    Measurements = Mapping[str, "_Measured"]  # by environment

MOST = 5
"""Rules of one signature."""

LEAST = 0.02
"""A rule must cover this share of what shows the signature, to be worth a sentence."""

EXAMPLES = 3


class CauseRule(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions under which cells show a signature. Counts are of outcomes, each a cell in an environment.

    They are over the environments in which the rule holds: where nearly all cells that meet it show the signature.
    """

    conditions: Conditions  # (axis, values of which it has one)
    support: int  # that meet the conditions and show the signature
    meeting: int  # that meet the conditions
    covers: int  # that show the signature and meet no rule before this one
    releases: tuple[str, ...]  # of pytest-asyncio, on which it holds
    fails_on: tuple[str, ...] = ()  # on which cells meet the conditions, and most don't show the signature
    examples: tuple[str, ...] = ()  # cells
    counter_examples: tuple[str, ...] = ()  # cells that meet the conditions where the rule holds, and don't show it

    @property
    def count(self) -> str:
        """`312 of 312`."""
        return f"{self.support:,} of {self.meeting:,}"


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """What some environments show about a signature. Counts are of outcomes."""

    signature: str
    environments: tuple[str, ...]  # keys of those that were asked for and in which something was measured
    rules: tuple[CauseRule, ...]  # the one that covers most first
    shown: int  # that show the signature
    measured: int  # in all
    releases: tuple[str, ...]  # of pytest-asyncio, on which anything shows it
    uncovered_examples: tuple[str, ...] = ()  # cells that show it and meet no rule

    @property
    def covered(self) -> int:
        """That show the signature and meet a rule."""
        return sum(rule.covers for rule in self.rules)

    @property
    def uncovered(self) -> int:
        """That show the signature and meet no rule."""
        return self.shown - self.covered


class _Measured(msgspec.Struct, frozen=True):
    """Cells of one environment, as bits: those that ran there, and those of them that show the signature."""

    ran: int
    shows: int

    def meets(self, cells: int) -> bool:
        """Whether a rule that these cells meet holds here."""
        support = (cells & self.shows).bit_count()
        return support >= FEWEST and support >= PURE * (cells & self.ran).bit_count()


def find_causes(outcomes: Outcomes, signature: str, environments: Collection[str]) -> Causes:
    """The rules that cover most of what shows the signature in these environments, which are named by their keys."""
    known = tuple(key for key in environments if key in outcomes)
    universe = Universe(
        sorted({cell for key in known for cell in outcomes.outcomes(key) if find_values(cell)}), find_values
    )
    measured = {key: _measure(outcomes, key, signature, universe) for key in known}
    left = {key: one.shows for key, one in measured.items()}
    shown = sum(map(int.bit_count, left.values()))
    candidates = _list_rules(universe, set(measured.values()))
    rules: list[CauseRule] = []
    while len(rules) < MOST and candidates:
        conditions = max(candidates, key=lambda one: _weigh(candidates[one], measured, left))
        meeting = candidates.pop(conditions)
        holding = {key for key, one in measured.items() if one.meets(meeting)}
        covers = sum((left[key] & meeting).bit_count() for key in holding)
        if covers < max(FEWEST, LEAST * shown):
            break
        rules.append(_make_rule(outcomes, universe, conditions, meeting, measured, holding, covers))
        left |= {key: left[key] & ~meeting for key in holding}
    return Causes(
        signature=signature,
        environments=known,
        rules=tuple(rules),
        shown=shown,
        measured=sum(one.ran.bit_count() for one in measured.values()),
        releases=_list_releases(outcomes, (key for key, one in measured.items() if one.shows)),
        uncovered_examples=universe.cells(reduce(or_, left.values(), 0))[:EXAMPLES],
    )


def describe_conditions(rule: CauseRule, catalogue: Catalogue) -> str:
    """`The fixture is wider than one test, and no loop scope is set, unless its cleanup is missing.`"""
    chosen = dict(rule.conditions)
    holding: list[str] = []
    unless: list[str] = []
    for name, axis in catalogue.axes.items():
        if name in chosen:
            _describe_axis(axis, chosen[name], holding, unless)
    text = ", and ".join(holding) or "always"
    if unless:
        text += f", unless {', or '.join(unless)}"
    return f"{text[:1].upper()}{text[1:]}."


def _describe_axis(axis: NamedAxis, values: Sequence[str], holding: list[str], unless: list[str]) -> None:
    """Add the clause of a group of values, or what is shorter: values that it may have, or that it may not have."""
    others = [name for name in axis.values if name not in values]
    group = next((group for group in axis.axis.groups if set(group.values) == set(values)), None)
    if group:
        holding.append(group.clause)
    elif 0 < len(others) < len(values):
        unless.append(_make_clause(axis, others))
    else:
        holding.append(_make_clause(axis, values))


def _make_clause(axis: NamedAxis, values: Sequence[str]) -> str:
    return (axis.axis.clause or f"{axis.name} is {{}}").format(_join_phrases(axis, values))


def _join_phrases(axis: NamedAxis, values: Sequence[str]) -> str:
    """`in a sync fixture, by a cached getter or in the test itself`, in the order of the axis."""
    phrases = [named.value.phrase or name for name, named in axis.values.items() if name in values]
    return " or ".join(filter(None, (", ".join(phrases[:-1]), *phrases[-1:])))


def _measure(outcomes: Outcomes, environment: str, signature: str, universe: Universe) -> _Measured:
    ran: list[str] = []
    shows: list[str] = []
    for cell, outcome in outcomes.outcomes(environment).items():
        if outcome.verdict.status is not Status.NOT_APPLICABLE and find_values(cell):
            ran.append(cell)
            if any(one.signature == signature for one in outcome.verdict.findings):
                shows.append(cell)
    return _Measured(universe.bits(ran), universe.bits(shows))


def _list_rules(universe: Universe, measured: Iterable[_Measured]) -> dict[Conditions, int]:
    """What is found in each environment, with the cells that meet it. Many environments show the same."""
    found: dict[Conditions, int] = {}
    for one in measured:
        for conditions in RuleSearch(universe, one.ran, one.shows).find_rules(MOST):
            found[conditions] = find_meeting(universe, conditions)
    return found


def find_meeting(universe: Universe, conditions: Conditions) -> int:
    """The cells that meet all conditions, as bits."""
    sets = (reduce(or_, (universe.having(axis, value) for value in values)) for axis, values in conditions)
    return reduce(and_, sets)


def _weigh(meeting: int, measured: Measurements, left: Mapping[str, int]) -> int:
    """How many outcomes that no rule covers yet this one does, where it holds."""
    return sum((left[key] & meeting).bit_count() for key, one in measured.items() if one.meets(meeting))


def _make_rule(
    outcomes: Outcomes,
    universe: Universe,
    conditions: Conditions,
    meeting: int,
    measured: Measurements,
    holding: Collection[str],
    covers: int,
) -> CauseRule:
    here = [measured[key] for key in measured if key in holding]
    elsewhere = [key for key, one in measured.items() if key not in holding and meeting & one.ran]
    releases = _list_releases(outcomes, holding)
    return CauseRule(
        conditions=conditions,
        support=sum((meeting & one.shows).bit_count() for one in here),
        meeting=sum((meeting & one.ran).bit_count() for one in here),
        covers=covers,
        releases=releases,
        fails_on=tuple(one for one in _list_releases(outcomes, elsewhere) if one not in releases),
        examples=universe.cells(reduce(and_, (meeting & one.shows for one in here)))[:EXAMPLES],
        counter_examples=universe.cells(reduce(or_, (meeting & one.ran & ~one.shows for one in here)))[:EXAMPLES],
    )


def _list_releases(outcomes: Outcomes, environments: Iterable[str]) -> tuple[str, ...]:
    return sort_versions({outcomes.environments[key].plugin for key in environments})
