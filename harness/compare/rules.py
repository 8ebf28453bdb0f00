"""One cause, one line: what the cells that changed in the same way have in common."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import chain
from operator import and_
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.compare.model import ChangeKind, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from harness.compare.model import CellChange

    Values = tuple[tuple[str, str], ...]  # (axis, value), as many as a rule needs
    Spans = dict[str, frozenset[str]]  # axis → values, any of which it may have

T = TypeVar("T")

ONE = ord("1")

FEWEST = 2
"""Cells that a rule must cover to be worth a line."""

LONGEST = 3
"""Conditions of a rule."""

DISCOUNT = 0.8
"""A rule with one condition more must cover a quarter more cells to be preferred."""

PROMISING = 16
"""Conditions that longer rules are made of: those that cover most."""

NOT = "!"
"""Ends the name of an axis whose values are the ones that are left out, so that it reads `axis!=value`."""


class Universe:
    """All cells as bits: bit `n` stands for cell `n`, so that sets of cells are integers."""

    def __init__(self, cells: Sequence[str], values: Callable[[str], Mapping[str, str]]) -> None:
        self._cells = cells
        self._known: dict[tuple[int, int], tuple[tuple[Values, int], ...]] = {}
        self._place = {cell: place for place, cell in enumerate(cells)}
        having: dict[tuple[str, str], list[str]] = {}
        for cell in cells:
            for condition in values(cell).items():
                having.setdefault(condition, []).append(cell)
        self._having = {condition: self.bits(found) for condition, found in having.items()}
        self.axes: dict[str, set[str]] = {}  # the values of each
        for axis, value in having:
            self.axes.setdefault(axis, set()).add(value)

    def bits(self, cells: Iterable[str]) -> int:
        """The set of these cells."""
        digits = bytearray(b"0") * (len(self._cells) + 1)
        for cell in cells:
            digits[-1 - self._place[cell]] = ONE
        return int(digits, 2)

    def cells(self, bits: int) -> tuple[str, ...]:
        """The cells of a set, in order."""
        digits = f"{bits:b}"[::-1]
        found = []
        place = digits.find("1")
        while place >= 0:
            found.append(self._cells[place])
            place = digits.find("1", place + 1)
        return tuple(found)

    def having(self, axis: str, value: str) -> int:
        """The set of the cells that have this value."""
        return self._having.get((axis, value), 0)

    def totals(self, cells: Iterable[str]) -> Iterator[tuple[str, str, int]]:
        """How many of the cells have each value: (axis, value, cells)."""
        among = self.bits(cells)
        for (axis, value), having in self._having.items():
            if number := (having & among).bit_count():
                yield axis, value, number

    def rules(self, wanted: int, allowed: int) -> tuple[tuple[Values, int], ...]:
        """Conditions that no compared cell outside `allowed` meets, with what they cover of `wanted`; then the rest.

        The rule that covers most comes first, and each covers at least `FEWEST` cells that none before it covers. The
        rest comes without conditions.
        """
        known = self._known.get((wanted, allowed))  # many environments change in the same cells
        if known is None:
            known = self._known[wanted, allowed] = tuple(self._rules(wanted, allowed))
        return known

    def _rules(self, wanted: int, allowed: int) -> Iterator[tuple[Values, int]]:
        while (found := self._best(wanted, allowed)) is not None:
            yield found.conditions, found.covers
            wanted &= ~found.covers
        if wanted:
            yield (), wanted

    def _best(self, wanted: int, allowed: int) -> CandidateRule | None:
        """Of rules that cover as much the one with fewer conditions, then the one whose conditions cover most."""
        singles = self._singles(wanted, ~allowed)
        best = _choose_better(None, singles)
        promising = singles[:PROMISING]
        if reduce(and_, (rule.breaks for rule in promising), -1):
            return best  # not even all conditions together keep out what isn't allowed
        rules = promising
        for size in range(2, LONGEST + 1):
            rules = [
                rule
                for shorter in rules
                if shorter.breaks  # otherwise more conditions only cover less
                for rule in shorter.narrow(promising, last=size == LONGEST)
                if best is None or rule.score > best.score
            ]
            best = _choose_better(best, rules)
        return best

    def _singles(self, wanted: int, breaking: int) -> list[CandidateRule]:
        """Rules of one condition, those that cover most first, whatever they break."""
        counted = [(-(bits & wanted).bit_count(), condition) for condition, bits in self._having.items()]
        chosen = sorted(one for one in counted if -one[0] >= FEWEST)
        return [
            CandidateRule((condition,), place, self._having[condition] & wanted, self._having[condition] & breaking)
            for place, (_, condition) in enumerate(chosen)
        ]


class CandidateRule:
    """Conditions, the last one's place, the wanted cells that meet them, and the cells that meet them and may not."""

    __slots__ = ("breaks", "conditions", "covers", "place", "score")

    def __init__(self, conditions: Values, place: int, covers: int, breaks: int) -> None:
        self.conditions = conditions
        self.place = place
        self.covers = covers
        self.breaks = breaks
        self.score = covers.bit_count() * DISCOUNT ** len(conditions)

    def narrow(self, singles: Sequence[CandidateRule], *, last: bool) -> Iterator[CandidateRule]:
        """The rule with one of the conditions after its own; of the last ones only those that break nothing."""
        for other in singles[self.place + 1 :]:
            if not (last and self.breaks & other.breaks):
                covers = self.covers & other.covers
                if covers.bit_count() >= FEWEST:
                    yield CandidateRule(
                        self.conditions + other.conditions, other.place, covers, self.breaks & other.breaks
                    )


def _choose_better(best: CandidateRule | None, rules: Iterable[CandidateRule]) -> CandidateRule | None:
    """The first of the best that break nothing, unless none is better than `best`."""
    for rule in rules:
        if not rule.breaks and (best is None or rule.score > best.score):
            best = rule
    return best


def key_of(change: CellChange) -> tuple[bool, str]:
    """Whether something went away, and what went or is there now."""
    gone = change.category is ChangeKind.DISAPPEARED
    return gone, change.labels[0 if gone else 1]


def group_pair(
    place: int, changes: Sequence[CellChange], same: Mapping[str, Sequence[str]], universe: Universe
) -> Iterator[Group]:
    """Groups of one pair's changes. `same` are the cells that did not change, by their label."""
    if not changes:
        return
    not_compared = ~universe.bits(chain(*same.values(), (change.cell for change in changes)))
    by_key: dict[tuple[bool, str], list[CellChange]] = {}
    for change in changes:
        by_key.setdefault(key_of(change), []).append(change)
    for (gone, label), members in by_key.items():
        wanted = universe.bits(change.cell for change in members)
        # A cell that showed the same all along doesn't speak against a rule for what is there now.
        allowed = wanted | not_compared | (0 if gone else universe.bits(same.get(label, ())))
        of = {change.cell: change for change in members}
        for common, covered in join_rules(universe.rules(wanted, allowed), universe.axes):
            yield _make_group(label, common, [of[cell] for cell in universe.cells(covered)], place)


def _make_group(label: str, common: Values, members: Sequence[CellChange], place: int) -> Group:
    other = 1 if members[0].category is ChangeKind.DISAPPEARED else 0
    return Group(
        label=label,
        categories=tuple(Counter(change.category for change in members).most_common()),
        opposite=tuple(Counter(change.labels[other] for change in members).most_common()),
        common=tuple(sorted(common)),
        cells=tuple(change.cell for change in members),
        pairs=(place,),
    )


def merge_groups(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Groups of several pairs with the same label and conditions as one, the largest first."""
    found: dict[tuple[object, ...], Group] = {}
    for group in groups:
        key = (group.label, group.category, group.common, group.common or group.cells)
        found[key] = _unite(found[key], group) if key in found else group
    return tuple(sorted(found.values(), key=lambda one: (not one.common, -len(one.cells), one.label, one.common)))


def _unite(one: Group, other: Group) -> Group:
    return msgspec.structs.replace(
        one,
        categories=_add_counts(one.categories, other.categories),
        opposite=_add_counts(one.opposite, other.opposite),
        cells=tuple(sorted({*one.cells, *other.cells})),
        pairs=(*one.pairs, *other.pairs),
    )


def _add_counts(one: tuple[tuple[T, int], ...], other: tuple[tuple[T, int], ...]) -> tuple[tuple[T, int], ...]:
    return tuple((Counter(dict(one)) + Counter(dict(other))).most_common())


def join_rules(rules: Iterable[tuple[Values, int]], axes: Mapping[str, Collection[str]]) -> list[tuple[Values, int]]:
    """The rules with those joined that differ in the value of one axis; what each covers stays covered, by one rule.

    `axes` are all values of each axis. A rule without conditions stays as it is. What was first stays first.
    """
    found: list[tuple[Spans, int]] = []
    rest: list[tuple[Values, int]] = []
    for conditions, covers in rules:
        if conditions:
            _add(found, {axis: frozenset((value,)) for axis, value in conditions}, covers)
        else:
            rest.append((conditions, covers))
    return [(_write_conditions(spans, axes), covers) for spans, covers in found] + rest


def _add(found: list[tuple[Spans, int]], spans: Spans, covers: int) -> None:
    """Join it with a rule that is there as long as there is one, or put it at the end."""
    place = len(found)
    joining = True
    while joining:
        joining = False
        for other, (there, covered) in enumerate(found):
            axis = _find_only_difference(there, spans)
            if axis is not None:
                del found[other]
                spans, covers = {**spans, axis: there[axis] | spans[axis]}, covered | covers
                place, joining = min(place, other), True
                break
    found.insert(place, (spans, covers))


def _find_only_difference(one: Spans, other: Spans) -> str | None:
    """The axis in which two rules differ, if it is just one and both speak of it."""
    if one.keys() != other.keys():
        return None
    differing = [axis for axis, values in one.items() if values != other[axis]]
    return differing[0] if len(differing) == 1 else None


def _write_conditions(spans: Spans, axes: Mapping[str, Collection[str]]) -> Values:
    """The conditions; of an axis that may have most of its values, those that it may not have."""
    written = []
    for axis, values in sorted(spans.items()):
        left_out = set(axes[axis]) - values
        if len(values) == 1 or not left_out or len(left_out) >= len(values):
            written.append((axis, ",".join(sorted(values))))
        else:
            written.append((axis + NOT, ",".join(sorted(left_out))))
    return tuple(written)
