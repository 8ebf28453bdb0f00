"""The search for rules: sets of values of a few axes that the cells have in common which show something."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import msgspec

from harness.compare.rules import DISCOUNT, FEWEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from harness.compare.rules import Universe

Conditions = tuple[tuple[str, tuple[str, ...]], ...]
"""(axis, values of which a cell has one), in order of the axes."""

PURE = 0.8
"""At least this share of the cells that meet a rule must show what it is about."""

PENALTY = 1.5
"""A cell that meets a rule and doesn't show it weighs as much as so many that do."""

LONGEST = 3
"""Conditions of a rule. Whoever has an error reads it within seconds."""

MOST_NAMED = 3
"""Values that a condition names."""

MOST_EXCEPTED = 2
"""Values that a rule names after `unless`. It has one condition of this kind at most."""

WIDTH = 150
"""Rules that are made longer at a time."""

LISTED = 0.95
"""What each further value of a condition costs: of two rules that cover as much, the one with fewer is better."""

EXCEPTION = 0.85
"""What each value costs on which the rule mostly fails.

Without it a rule would lack conditions that most of the cells meet anyway: few suites set a loop scope.
"""

NOTICED = 5
"""Cells with a value that are enough to call it an exception."""


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions, and as bits the cells that meet them."""

    conditions: tuple[tuple[str, frozenset[str]], ...]
    meeting: int
    covers: int  # cells that show it, and that no rule before this one covers
    shows: int  # cells that show it
    breaks: int  # cells that don't

    @property
    def share(self) -> float:
        """Of the cells that meet it, those that show it."""
        return self.shows / (self.shows + self.breaks)

    @property
    def gain(self) -> float:
        """What it covers, less for what breaks it and for each condition."""
        return (self.covers - PENALTY * self.breaks) * DISCOUNT ** len(self.conditions)

    @property
    def promise(self) -> float:
        """How good it may become by further conditions."""
        return self.covers * self.share**2


class RuleSearch:
    """Looks for rules among the cells that `ran`, as bits of `universe`, for those that show something.

    `groups` are the values of an axis for which there are words of their own; `usual` is the one that everybody has
    who does nothing about it, and therefore no exception.
    """

    def __init__(
        self,
        universe: Universe,
        ran: int,
        shows: int,
        *,
        groups: Mapping[str, Collection[frozenset[str]]],
        usual: Mapping[str, str],
    ) -> None:
        self._universe = universe
        self._ran = ran
        self._shows = shows
        self._groups = groups
        self._usual = usual

    def find_rules(self, most: int) -> Iterator[Conditions]:
        """The best rule first; each covers cells that no earlier one does."""
        wanted = self._shows
        for _ in range(most):
            best = self._find_best(wanted)
            if best is None:
                return
            wanted &= ~best.meeting
            yield tuple((axis, tuple(sorted(values))) for axis, values in self._shorten(best))

    def find_meeting(self, conditions: Conditions) -> int:
        """The cells of the universe that meet all conditions, as bits."""
        found = -1
        for axis, values in conditions:
            found &= reduce(or_, (self._universe.having(axis, value) for value in values))
        return found

    def _find_best(self, wanted: int) -> _Rule | None:
        best: _Rule | None = None
        highest = 0.0
        beam = [_Rule(conditions=(), meeting=self._ran, covers=0, shows=0, breaks=0)]
        for _ in range(LONGEST):
            longer: dict[int, _Rule] = {}
            for rule in beam:
                for other in self._narrow(rule, wanted):
                    longer.setdefault(other.meeting, other)
            for rule in longer.values():
                if rule.share >= PURE and rule.covers >= FEWEST and rule.gain > highest:
                    score = rule.gain * self._find_weight(rule)
                    if score > highest:
                        best, highest = rule, score
            beam = sorted((one for one in longer.values() if one.breaks), key=lambda one: -one.promise)[:WIDTH]
        return best

    def _narrow(self, rule: _Rule, wanted: int) -> Iterator[_Rule]:
        """The rule with a condition on one axis more, as far as it can be put into few words."""
        used = {axis for axis, _ in rule.conditions}
        excepted = any(self._is_exception(axis, values) for axis, values in rule.conditions)
        for axis in sorted(self._universe.axes.keys() - used):
            split = dict(self._split(rule.meeting, axis))
            for chosen in self._list_choices(axis, split, wanted):
                if not (excepted and self._is_exception(axis, chosen)):
                    together = reduce(or_, (split.get(value, 0) for value in chosen))
                    if together != rule.meeting and together & wanted:
                        yield self._make((*rule.conditions, (axis, chosen)), together, wanted)

    def _list_choices(self, axis: str, split: Mapping[str, int], wanted: int) -> Iterator[frozenset[str]]:
        """Of an axis the best value, the two best values and so on, all but the worst, and the groups."""
        shares = sorted(
            (-(meeting & self._shows).bit_count() / meeting.bit_count(), value)
            for value, meeting in split.items()
            if meeting & wanted
        )
        best = [value for _, value in shares]
        most = len(best) - 1 if len(best) == len(split) else len(best)
        for number in range(1, most + 1):
            chosen = frozenset(best[:number])
            excepts = self._is_exception(axis, chosen)
            if (excepts and self._usual.get(axis) in (None, *chosen)) or (not excepts and number <= MOST_NAMED):
                yield chosen
        yield from self._groups.get(axis, ())

    def _make(self, conditions: tuple[tuple[str, frozenset[str]], ...], meeting: int, wanted: int) -> _Rule:
        return _Rule(
            conditions=conditions,
            meeting=meeting,
            covers=(meeting & wanted).bit_count(),
            shows=(meeting & self._shows).bit_count(),
            breaks=(meeting & ~self._shows).bit_count(),
        )

    def _split(self, cells: int, axis: str) -> Iterator[tuple[str, int]]:
        """The cells by their value of an axis."""
        for value in self._universe.axes[axis]:
            if having := cells & self._universe.having(axis, value):
                yield value, having

    def _find_weight(self, rule: _Rule) -> float:
        """At most 1: less for long lists of values, and for values on which the rule mostly fails."""
        weight = 1.0
        for axis, values in rule.conditions:
            weight *= LISTED ** (self._measure_list(axis, values) - 1)
        for axis in self._universe.axes:
            for _, meeting in self._split(rule.meeting, axis):
                number = meeting.bit_count()
                if number >= NOTICED and 2 * (meeting & self._shows).bit_count() < number:
                    weight *= EXCEPTION
        return weight

    def _is_exception(self, axis: str, values: Collection[str]) -> bool:
        """Whether a sentence names the few values that it may not have."""
        left_out = len(self._universe.axes[axis]) - len(values)
        return values not in self._groups.get(axis, ()) and 0 < left_out <= min(MOST_EXCEPTED, len(values) - 1)

    def _measure_list(self, axis: str, values: Collection[str]) -> int:
        """How many values must be named: those it may have, or those it may not have."""
        if values in self._groups.get(axis, ()):
            return 1
        return min(len(values), max(1, len(self._universe.axes[axis]) - len(values)))

    def _shorten(self, rule: _Rule) -> Iterator[tuple[str, frozenset[str]]]:
        """Its conditions, with values that no cell has which meets the others, where that is shorter to say."""
        for axis, values in sorted(rule.conditions):
            rest = tuple((other, tuple(chosen)) for other, chosen in rule.conditions if other != axis)
            others = self._ran & self.find_meeting(rest)
            met = {value for value, _ in self._split(others, axis)}
            widest = values | (self._universe.axes[axis] - met)
            shorter = self._measure_list(axis, widest) < self._measure_list(axis, values)
            yield axis, frozenset(widest) if shorter else values
