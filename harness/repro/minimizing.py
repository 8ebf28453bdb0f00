"""Delta debugging: dropping what the error doesn't need, many tries at a time.

Pieces of a kind are dropped in large lots first, then in ever smaller ones, and each lot is tried by a run of its own.
What is dropped must leave the error as it is; the order of the pieces decides between lots, so that the result is the
same each time. When a whole round drops nothing, the suite is as small as this finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.repro.pieces import Content, Piece, Stage, drop_pieces, iterate_levels, list_pieces, list_test_names, tidy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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

    def report(self, stage: str, content: Content) -> None:
        """A stage is done."""
        ...


def minimize(content: Content, trials: Trials, related: Collection[str]) -> Content:
    """The smallest suite that is found. `related` are ids of tests that are likely to be needed, and no others."""
    content = _try(content, _keep_related(content, related), trials)
    for _ in range(MOST_ROUNDS):
        before = content
        for stage in Stage:
            for level in iterate_levels(stage):
                reduced = _Reduction(content, stage, level, trials).reduce()
                if reduced != content:
                    content = reduced
                    trials.report(stage, content)
        content = _try(content, tidy(content), trials)
        if content == before or trials.is_over:
            break
    return content


def _try(content: Content, variant: Content | None, trials: Trials) -> Content:
    """The variant, if the error is still there."""
    if variant is None or variant == content:
        return content
    return variant if trials.keep_error([variant])[0] else content


def _keep_related(content: Content, related: Collection[str]) -> Content | None:
    """Without all tests but these. Where none is known, all stay."""
    names = list_test_names(content)
    wanted = {test.partition("[")[0] for test in related}
    others = [piece for piece, name in names.items() if not any(_belongs(one, name) for one in wanted)]
    if not wanted or len(others) == len(names):
        return None
    return drop_pieces(content, Stage.TESTS, others)


def _belongs(test: str, name: str) -> bool:
    """Whether a test is this one, or in this class."""
    return test == name or test.startswith(f"{name}::") or name.startswith(f"{test}::")


class _Reduction:
    """Drops the pieces of one stage that can go."""

    def __init__(self, content: Content, stage: Stage, level: int, trials: Trials) -> None:
        self._content = content
        self._stage = stage
        self._level = level
        self._trials = trials
        self._gone: list[Piece] = []

    def reduce(self) -> Content:
        """The suite without them."""
        left = list_pieces(self._content, self._stage, self._level)
        size = len(left)
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
