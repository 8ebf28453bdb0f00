"""One cause, one line: what the cells that changed in the same way have in common."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, compress
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.comparison.model import Category, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.comparison.model import Change

    Values = tuple[tuple[str, str], ...]  # (axis, value), as many as a rule needs

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


class Universe:
    """All cells as bits: bit `n` stands for cell `n`, so that sets of cells are integers."""

    def __init__(self, cells: Sequence[str], values: Callable[[str], Mapping[str, str]]) -> None:
        self._cells = cells
        self._place = {cell: place for place, cell in enumerate(cells)}
        having: dict[tuple[str, str], list[str]] = {}
        for cell in cells:
            for condition in values(cell).items():
                having.setdefault(condition, []).append(cell)
        self._having = {condition: self.bits(found) for condition, found in having.items()}

    def bits(self, cells: Iterable[str]) -> int:
        """The set of these cells."""
        digits = bytearray(b"0") * (len(self._cells) + 1)
        for cell in cells:
            digits[-1 - self._place[cell]] = ONE
        return int(digits, 2)

    def cells(self, bits: int) -> tuple[str, ...]:
        """The cells of a set, in order."""
        return tuple(compress(self._cells, map(int, reversed(f"{bits:b}"))))

    def totals(self, cells: Iterable[str]) -> Iterator[tuple[str, str, int]]:
        """How many of the cells have each value: (axis, value, cells)."""
        among = self.bits(cells)
        for (axis, value), having in self._having.items():
            if number := (having & among).bit_count():
                yield axis, value, number

    def rules(self, wanted: int, allowed: int) -> Iterator[tuple[Values, int]]:
        """Conditions that no compared cell outside `allowed` meets, with what they cover of `wanted`; then the rest.

        The rule that covers most comes first, and each covers at least `FEWEST` cells that none before it covers. The
        rest comes without conditions.
        """
        while (found := self._best(wanted, allowed)) is not None:
            yield found
            wanted &= ~found[1]
        if wanted:
            yield (), wanted

    def _best(self, wanted: int, allowed: int) -> tuple[Values, int] | None:
        if wanted.bit_count() < FEWEST:
            return None
        conditions = sorted(
            ((condition, bits) for condition, bits in self._having.items() if (bits & wanted).bit_count() >= FEWEST),
            key=lambda one: (-(one[1] & wanted).bit_count(), one[0]),
        )
        best: tuple[float, Values, int] | None = None
        for size in range(1, LONGEST + 1):
            for chosen in combinations(conditions if size == 1 else conditions[:PROMISING], size):
                bits = -1
                for _, having in chosen:
                    bits &= having
                covered = (bits & wanted).bit_count()
                score = covered * DISCOUNT**size
                if covered >= FEWEST and not bits & ~allowed and (best is None or score > best[0]):
                    best = score, tuple(condition for condition, _ in chosen), bits & wanted
        return best and best[1:]


def key_of(change: Change) -> tuple[bool, str]:
    """Whether something went away, and what went or is there now."""
    gone = change.category is Category.DISAPPEARED
    return gone, change.said[0 if gone else 1]


def group_pair(place: int, changes: Sequence[Change], same: Mapping[str, str], universe: Universe) -> Iterator[Group]:
    """Groups of one pair's changes. `same` are the cells that did not change, with their label."""
    if not changes:
        return
    not_compared = ~universe.bits([*same, *(change.cell for change in changes)])
    by_label: dict[str, list[str]] = {}
    for cell, said in same.items():
        by_label.setdefault(said, []).append(cell)
    by_key: dict[tuple[bool, str], list[Change]] = {}
    for change in changes:
        by_key.setdefault(key_of(change), []).append(change)
    for (gone, label), members in by_key.items():
        wanted = universe.bits(change.cell for change in members)
        # A cell that showed the same all along doesn't speak against a rule for what is there now.
        allowed = wanted | not_compared | (0 if gone else universe.bits(by_label.get(label, ())))
        of = {change.cell: change for change in members}
        for common, covered in universe.rules(wanted, allowed):
            yield _group(label, common, [of[cell] for cell in universe.cells(covered)], place)


def _group(label: str, common: Values, members: Sequence[Change], place: int) -> Group:
    other = 1 if members[0].category is Category.DISAPPEARED else 0
    return Group(
        label=label,
        categories=tuple(Counter(change.category for change in members).most_common()),
        opposite=tuple(Counter(change.said[other] for change in members).most_common()),
        common=tuple(sorted(common)),
        cells=tuple(change.cell for change in members),
        pairs=(place,),
    )


def merged(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Groups of several pairs with the same label and conditions as one, the largest first."""
    found: dict[tuple[object, ...], Group] = {}
    for group in groups:
        key = (group.label, group.category, group.common, group.common or group.cells)
        found[key] = _union(found[key], group) if key in found else group
    return tuple(sorted(found.values(), key=lambda one: (not one.common, -len(one.cells), one.label, one.common)))


def _union(one: Group, other: Group) -> Group:
    return msgspec.structs.replace(
        one,
        categories=_summed(one.categories, other.categories),
        opposite=_summed(one.opposite, other.opposite),
        cells=tuple(sorted({*one.cells, *other.cells})),
        pairs=(*one.pairs, *other.pairs),
    )


def _summed(one: tuple[tuple[T, int], ...], other: tuple[tuple[T, int], ...]) -> tuple[tuple[T, int], ...]:
    return tuple((Counter(dict(one)) + Counter(dict(other))).most_common())
