"""The types of what is measured."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers of one kind are right."""

    name: str  # "samples named by their signature"
    right: int
    of: int
    goal: float = 1.0  # the share that must be right
    seconds: float | None = None  # the median time of one, where that is of interest
    wrong: tuple[str, ...] = ()  # a line for each that isn't

    @property
    def met(self) -> bool:
        """Whether the goal is reached. Nothing at all reaches none."""
        return self.of > 0 and self.right >= self.goal * self.of


class AccuracyPart(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one command."""

    name: str
    figures: tuple[Figure, ...]


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run has measured."""

    harness: str
    machine: str
    parts: tuple[AccuracyPart, ...]
