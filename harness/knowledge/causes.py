"""Minimal causes of a signature: the few rules over habits that cover most of the cells that show it."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import find_values, load_catalogue
from harness.compare.rules import FEWEST, Universe
from harness.knowledge.outcomes import sort_versions
from harness.knowledge.rule_search import PURE, Conditions, RuleSearch
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.value import NamedAxis
    from harness.knowledge.outcomes import Outcomes
    from harness.verdicts.model import Finding

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
    releases: tuple[str, ...] = ()  # of pytest-asyncio, on which it holds
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


def find_causes(
    outcomes: Outcomes,
    signature: str,
    environments: Collection[str],
    *,
    counts: Callable[[Finding], bool] = lambda _: True,
) -> Causes:
    """The rules that cover most of what shows the signature in these environments, which are named by their keys.

    Of a signature that stands for many texts, `counts` picks the findings that are asked about.
    """
    return _CauseSearch(outcomes, signature, environments, counts).find()


class _Measured(msgspec.Struct, frozen=True):
    """Cells of one environment, as bits: those that ran there, and those of them that show the signature."""

    ran: int
    shows: int

    def holds(self, cells: int) -> bool:
        """Whether nearly all of these cells show it here."""
        support = (cells & self.shows).bit_count()
        return support >= FEWEST and support >= PURE * (cells & self.ran).bit_count()


class _CauseSearch:
    """Rules are found in each environment, and then chosen by what they cover in all of those where they hold."""

    def __init__(
        self, outcomes: Outcomes, signature: str, environments: Collection[str], counts: Callable[[Finding], bool]
    ) -> None:
        self._outcomes = outcomes
        self._signature = signature
        self._counts = counts
        keys = [key for key in environments if key in outcomes]
        cells = {cell for key in keys for cell in outcomes.outcomes(key) if find_values(cell)}
        self._universe = Universe(sorted(cells), find_values)
        self._measured = {key: self._measure(key) for key in keys}
        self._left = {key: one.shows for key, one in self._measured.items()}  # what no rule covers yet

    def find(self) -> Causes:
        """Choose rules, and count what they leave."""
        shown = sum(one.shows.bit_count() for one in self._measured.values())
        rules = tuple(self._choose(max(FEWEST, LEAST * shown)))
        return Causes(
            signature=self._signature,
            environments=tuple(self._measured),
            rules=rules,
            shown=shown,
            measured=sum(one.ran.bit_count() for one in self._measured.values()),
            releases=self._list_releases(key for key, one in self._measured.items() if one.shows),
            uncovered_examples=self._universe.cells(reduce(or_, self._left.values(), 0))[:EXAMPLES],
        )

    def _measure(self, environment: str) -> _Measured:
        ran: list[str] = []
        shows: list[str] = []
        for cell, outcome in self._outcomes.outcomes(environment).items():
            if outcome.verdict.status is not Status.NOT_APPLICABLE and find_values(cell):
                ran.append(cell)
                if any(one.signature == self._signature and self._counts(one) for one in outcome.verdict.findings):
                    shows.append(cell)
        return _Measured(self._universe.bits(ran), self._universe.bits(shows))

    def _choose(self, fewest: float) -> Iterator[CauseRule]:
        """The rule that covers most of what is left, and so on, while one covers enough."""
        candidates = self._list_candidates()
        for _ in range(MOST):
            weighed = {rule: self._weigh(meeting) for rule, meeting in candidates.items()}
            best = max(weighed, key=weighed.__getitem__, default=None)
            if best is None or weighed[best] < fewest:
                return
            meeting = candidates.pop(best)
            yield self._make_rule(best, meeting, weighed[best])
            self._left |= {key: self._left[key] & ~meeting for key, one in self._measured.items() if one.holds(meeting)}

    def _list_candidates(self) -> dict[Conditions, int]:
        """The rules of each environment, with the cells that meet them. Many environments show the same."""
        found: dict[Conditions, int] = {}
        for one in set(self._measured.values()):
            search = _make_search(self._universe, one.ran, one.shows)
            found.update((conditions, search.find_meeting(conditions)) for conditions in search.find_rules(MOST))
        return dict(sorted(found.items()))

    def _weigh(self, meeting: int) -> int:
        """How many outcomes a rule covers, where it holds, that none does yet."""
        return sum((self._left[key] & meeting).bit_count() for key, one in self._measured.items() if one.holds(meeting))

    def _make_rule(self, conditions: Conditions, meeting: int, covers: int) -> CauseRule:
        here = {key: one for key, one in self._measured.items() if one.holds(meeting)}
        releases = self._list_releases(here)
        others = self._list_releases(
            key for key, one in self._measured.items() if key not in here and meeting & one.ran
        )
        support = [meeting & one.shows for one in here.values()]
        against = [meeting & one.ran & ~one.shows for one in here.values()]
        return CauseRule(
            conditions=conditions,
            support=sum(map(int.bit_count, support)),
            meeting=sum(map(int.bit_count, [*support, *against])),
            covers=covers,
            releases=releases,
            fails_on=tuple(one for one in others if one not in releases),
            examples=self._universe.cells(reduce(and_, support))[:EXAMPLES],
            counter_examples=self._universe.cells(reduce(or_, against))[:EXAMPLES],
        )

    def _list_releases(self, environments: Iterable[str]) -> tuple[str, ...]:
        return sort_versions({self._outcomes.environments[key].plugin for key in environments})


def find_common_conditions(having: Collection[str], others: Collection[str], most: int) -> tuple[CauseRule, ...]:
    """What cells have in common that others don't, in at most so many rules. Both are ids of the catalogue's cells."""
    universe = Universe(sorted({*having, *others}), find_values)
    ran, shows = universe.bits({*having, *others}), universe.bits(having)
    search = _make_search(universe, ran, shows)
    found: list[CauseRule] = []
    left = shows
    for conditions in search.find_rules(most) if others else [()] if having else ():
        meeting = search.find_meeting(conditions)
        support = meeting & shows
        found.append(
            CauseRule(
                conditions=conditions,
                support=support.bit_count(),
                meeting=(meeting & ran).bit_count(),
                covers=(support & left).bit_count(),
                examples=universe.cells(support)[:EXAMPLES],
                counter_examples=universe.cells(meeting & ran & ~shows)[:EXAMPLES],
            )
        )
        left &= ~meeting
    return tuple(found)


def _make_search(universe: Universe, ran: int, shows: int) -> RuleSearch:
    """A search for rules that can be put into the catalogue's words."""
    catalogue = load_catalogue()
    groups = {name: [frozenset(one.values) for one in axis.axis.groups] for name, axis in catalogue.axes.items()}
    return RuleSearch(universe, ran, shows, groups=groups, usual=catalogue.defaults)


def describe_conditions(rule: CauseRule, catalogue: Catalogue) -> str:
    """`The fixture is wider than one test, and no loop scope is set, unless its cleanup is missing.`"""
    text = join_clauses(rule.conditions, catalogue)
    return f"{text[:1].upper()}{text[1:]}."


def join_clauses(conditions: Conditions, catalogue: Catalogue) -> str:
    """The same as a part of a sentence; `always` for no conditions."""
    chosen = dict(conditions)
    holding: list[str] = []
    unless: list[str] = []
    for name, axis in catalogue.axes.items():
        if name in chosen:
            _describe_axis(axis, chosen[name], holding, unless)
    text = ", and ".join(holding) or "always"
    if unless:
        text += f", unless {', or '.join(unless)}"
    return text


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
