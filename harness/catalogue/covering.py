"""Covering arrays: rows in which every combination of a few values that can meet appears, by greedy choice.

The next row is the best of some attempts. Each starts from a combination that no row has yet, on the axes where most
are missing, and goes through the other axes in random order: it takes the value that brings most, the first if none
brings anything, and takes it back if the rules leave no way on. Few rows more come of it than the largest axes need in
any case.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Names = tuple[str, ...]
    Row = Mapping[str, str]
    Choose = Callable[[Row, str], Sequence[str]]

ATTEMPTS = 20


class Forbidden(msgspec.Struct, frozen=True):
    """Combinations of values of these axes that no cell has."""

    axes: tuple[str, ...]
    combinations: frozenset[tuple[str, ...]]

    def allows(self, values: Mapping[str, str]) -> bool:
        """Whether the values are none of them. `values` must name all the axes."""
        return pick(values, self.axes) not in self.combinations


class Covering:
    """The combinations that no row has yet. The same input gives the same rows, on every machine."""

    def __init__(self, factors: Mapping[str, Sequence[str]], strength: int, rules: Sequence[Forbidden]) -> None:
        self._factors = factors
        self._rules = {axis: [rule for rule in rules if axis in rule.axes] for axis in factors}
        self._random = random.Random(1).random  # the one of its methods that gives the same on every Python  # noqa: S311
        # For some axes the combinations of their values; in dictionaries, which have an order.
        self._missing: dict[Names, dict[Names, None]]
        self._missing = {axes: {} for axes in itertools.combinations(factors, strength)}
        self._with_axis = {axis: [axes for axes in self._missing if axis in axes] for axis in factors}
        self._find_possible()

    @property
    def missing(self) -> int:
        """How many they are."""
        return sum(map(len, self._missing.values()))

    def add(self, row: Row) -> None:
        """What this row has isn't missing any more."""
        for axes, missing in self._missing.items():
            missing.pop(pick(row, axes), None)

    def make_rows(self, at_most: float = 0) -> Iterator[Row]:
        """Add rows until at most so many are missing."""
        while self.missing > at_most:
            row = max((self._attempt() for _ in range(ATTEMPTS)), key=self._count_missing)
            self.add(row)
            yield row

    def _find_possible(self) -> None:
        for axes, found in self._missing.items():
            for values in itertools.product(*(self._factors[axis] for axis in axes)):
                start = dict(zip(axes, values, strict=True))
                row = None if values in found else next(self._complete(start, self._choose_any), None)
                if row is not None:
                    for others in self._missing:
                        self._missing[others][pick(row, others)] = None

    def _attempt(self) -> Row:
        axes, missing = max(self._missing.items(), key=lambda item: len(item[1]))
        start = list(missing)[int(self._random() * len(missing))]
        return next(self._complete(dict(zip(axes, start, strict=True)), self._choose_best))

    def _complete(self, start: Row, choose: Choose) -> Iterator[Row]:
        """The rows with these values that the rules allow."""
        others = [axis for axis in self._factors if axis not in start]
        return self._extend(
            {},
            [*start, *self._shuffle(others)],
            lambda row, axis: [start[axis]] if axis in start else choose(row, axis),
        )

    def _extend(self, row: Row, axes: Sequence[str], choose: Choose) -> Iterator[Row]:
        if not axes:
            yield row
            return
        axis, *others = axes
        for value in choose(row, axis):
            longer = {**row, axis: value}
            if all(rule.allows(longer) for rule in self._rules[axis] if longer.keys() >= set(rule.axes)):
                yield from self._extend(longer, others, choose)

    def _choose_any(self, _: Row, axis: str) -> Sequence[str]:
        return self._shuffle(self._factors[axis])

    def _choose_best(self, row: Row, axis: str) -> Sequence[str]:
        known = [axes for axes in self._with_axis[axis] if all(one in row or one == axis for one in axes)]
        gains = {
            value: sum(pick({**row, axis: value}, axes) in self._missing[axes] for axes in known)
            for value in self._factors[axis]
        }
        return sorted(gains, key=lambda value: (-gains[value], gains[value] and self._random()))

    def _count_missing(self, row: Row) -> int:
        return sum(pick(row, axes) in missing for axes, missing in self._missing.items())

    def _shuffle(self, names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda _: self._random())


def pick(values: Mapping[str, str], axes: Iterable[str]) -> tuple[str, ...]:
    """The values of these axes."""
    return tuple([values[axis] for axis in axes])
