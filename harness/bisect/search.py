"""Where to look next. Knows places and outcomes, nothing of releases: places are 0 … size-1, in order."""

from __future__ import annotations

import itertools
from math import ceil, log2
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping


class ChangePoint(msgspec.Struct, frozen=True):
    """Two places of different outcomes. None of the places in between has an outcome."""

    before: int
    since: int


class Search:
    """Both ends first; then, between each two neighbours whose outcomes are known and differ, the middle.

    Where only two outcomes are met that is plain bisection. A third outcome shows a second change, which is narrowed
    down as well, the first one first. Two equal neighbours are taken for a stretch without a change: only `every` place
    proves that. A place of no outcome (`record` with None) is looked past.
    """

    def __init__(self, size: int, *, every: bool = False) -> None:
        self._size = size
        self._every = every
        self._outcomes: dict[int, Hashable] = {}
        self._skipped: frozenset[int] = frozenset()

    @property
    def outcomes(self) -> Mapping[int, Hashable]:
        """Place → outcome, in order of places."""
        return dict(sorted(self._outcomes.items()))

    def record(self, place: int, outcome: Hashable | None) -> None:
        """What was found at a place; None where nothing could be."""
        if outcome is None:
            self._skipped |= {place}
        else:
            self._outcomes[place] = outcome

    def next(self) -> int | None:
        """The place to look at now; None when nothing is left to be narrowed down."""
        places = [place for place in range(self._size) if place not in self._skipped]
        if not places:
            return None
        wanted = places if self._every else [places[0], places[-1]]
        missing = next((place for place in wanted if place not in self._outcomes), None)
        return next(map(_find_middle, self._open()), None) if missing is None else missing

    def ahead(self, number: int = 2) -> tuple[int, ...]:
        """Places that `next` may give after the present one, the soonest first: one for each way it can turn out."""
        found: dict[int, None] = {}
        searches = [self]
        while searches and len(found) < number:
            searches = [after for search in searches for after in search._futures()]
            found.update(dict.fromkeys(place for search in searches if (place := search.next()) is not None))
        return tuple(found)[:number]

    @property
    def left(self) -> int:
        """Steps that are left if every place has an outcome, and no other than those of both ends."""
        if self._every:
            return self._size - len(self._outcomes) - len(self._skipped)
        ends = {0, self._size - 1} - self._outcomes.keys() - self._skipped
        if ends:
            return len(ends) + _count_steps(self._size - 2)
        return sum(_count_steps(len(between)) for between in self._open())

    def changes(self) -> tuple[ChangePoint, ...]:
        """Neighbours that differ. Exact once `next` gives None."""
        return tuple(ChangePoint(*pair) for pair in self._list_differing())

    def _list_differing(self) -> Iterator[tuple[int, int]]:
        places = sorted(self._outcomes)
        for before, after in itertools.pairwise(places):
            if self._outcomes[before] != self._outcomes[after]:
                yield before, after

    def _open(self) -> Iterator[list[int]]:
        """The places that nothing is known of, between each two that differ."""
        for before, after in self._list_differing():
            between = [place for place in range(before + 1, after) if place not in self._skipped]
            if between:
                yield between

    def _futures(self) -> Iterator[Search]:
        """This search after each way the present place can turn out."""
        place = self.next()
        if place is None:
            return
        around = (
            max((one for one in self._outcomes if one < place), default=None),
            min((one for one in self._outcomes if one > place), default=None),
        )
        # An end may turn out to be anything: an outcome that equals no other.
        known = [self._outcomes[one] for one in around if one is not None]
        for outcome in known if len(known) == len(around) else [object()]:
            after = Search(self._size, every=self._every)
            after._outcomes = {**self._outcomes, place: outcome}
            after._skipped = self._skipped
            yield after


def _find_middle(places: list[int]) -> int:
    """The place nearest to the middle between the neighbours, of those that nothing is known of."""
    return places[(len(places) - 1) // 2]


def _count_steps(missing: int) -> int:
    return ceil(log2(missing + 1)) if missing > 0 else 0
