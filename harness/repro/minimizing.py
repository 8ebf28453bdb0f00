"""Delta debugging: dropping what the error doesn't need, many tries at a time.

At first all goes that the failing test and those related to it don't use, as far as names tell (`closure.py`). Then
pieces of a kind are dropped, in large lots first, then in ever smaller ones, and each lot is tried by a run of its own.
What is dropped must leave the error as it is; the order of the pieces decides between lots, so that the result is the
same each time. Later rounds drop single pieces. When a whole round drops nothing, the suite is as small as can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.repro.closure import keep_tests, keep_used
from harness.repro.pieces import Content, Piece, Stage, drop_pieces, iterate_levels, list_pieces, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROUNDS = 5


class Trials(Protocol):
    """Runs variants of a suite."""

    def keep_error(self, variants: Sequence[Content]) -> list[bool]:
        """Of each, whether the error is still there. All False when time is up."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether time is up."""
        ...

    def report(self, content: Content) -> None:
        """It has become smaller."""
        ...


def minimize(content: Content, trials: Trials, related: Sequence[str]) -> Content:
    """The smallest suite that is found. `related` are ids of tests that may be needed, the failing one last."""
    content = _start_small(content, trials, related)
    for round_ in range(MOST_ROUNDS):
        before = content
        for stage in Stage:
            for level in iterate_levels(stage):
                reduced = _Reduction(content, stage, level, trials).reduce(singly=round_ > 0)
                if reduced != content:
                    content = reduced
                    trials.report(content)
        content = _try(content, tidy(content), trials)
        if content == before or trials.is_over:
            break
    return content


def _try(content: Content, variant: Content | None, trials: Trials) -> Content:
    """The variant, if the error is still there."""
    if variant is None or variant == content:
        return content
    return variant if trials.keep_error([variant])[0] else content


def _start_small(content: Content, trials: Trials, related: Sequence[str]) -> Content:
    """The smallest of a few guesses that shows the error: one test, or all that are related, with what they use."""
    guesses: list[Content] = []
    for tests in (related[-1:], related):
        if few := keep_tests(content, tests):
            guesses += [*filter(None, [keep_used(few)]), few]
    guesses += filter(None, [keep_used(content)])
    guesses.sort(key=measure_bytes)
    kept = [guess for guess, keeps in zip(guesses, trials.keep_error(guesses), strict=True) if keeps]
    if kept:
        trials.report(kept[0])
    return kept[0] if kept else content


def measure_bytes(content: Content) -> int:
    """By which of two suites is smaller."""
    return sum(map(len, content.values()))


class _Reduction:
    """Drops the pieces of one stage that can go."""

    def __init__(self, content: Content, stage: Stage, level: int, trials: Trials) -> None:
        self._content = content
        self._stage = stage
        self._level = level
        self._trials = trials
        self._gone: list[Piece] = []

    def reduce(self, *, singly: bool) -> Content:
        """The suite without them. `singly` tries each by itself: in later rounds few lots can go."""
        left = list_pieces(self._content, self._stage, self._level)
        size = min(1, len(left)) if singly else len(left)
        while size and left and not self._trials.is_over:
            lots = [left[start : start + size] for start in range(0, len(left), size)]
            dropped = self._drop_lots(lots)
            self._gone += [piece for lot in dropped for piece in lot]
            left = [piece for lot in lots if lot not in dropped for piece in lot]
            size = min(size // 2, len(left))
        return self._without([]) or self._content

    def _without(self, lots: Sequence[list[Piece]]) -> Content | None:
        pieces = [*self._gone, *(piece for lot in lots for piece in lot)]
        return drop_pieces(self._content, self._stage, pieces, self._level)

    def _drop_lots(self, lots: Sequence[list[Piece]]) -> list[list[Piece]]:
        """Those of the lots that can go, together."""
        variants = [(lot, variant) for lot in lots if (variant := self._without([lot])) is not None]
        kept = self._trials.keep_error([variant for _, variant in variants])
        single = [lot for (lot, _), keeps in zip(variants, kept, strict=True) if keeps]
        if len(single) <= 1 or self._keeps(single):
            return single
        chosen = single[:1]
        for lot in single[1:]:
            if self._keeps([*chosen, lot]):
                chosen.append(lot)
        return chosen

    def _keeps(self, lots: Sequence[list[Piece]]) -> bool:
        variant = self._without(lots)
        return variant is not None and self._trials.keep_error([variant])[0]
