"""The types of what advice does: pairs of cells, their counts, and a verdict in one word."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from harness.knowledge.claims import Claim

HOLDS = 0.9
"""Advice holds where it cures at least this share of the cells with an error, and harms at most `HARMLESS`."""

HARMLESS = 0.01

TELLS = 0.05
"""A smaller share isn't called an effect."""

FEWEST = 10
"""Cells that must be measured before and after, to say what advice does, and cells of which one gives a share."""


class AdviceVerdict(StrEnum):
    """What advice does on one release, in one word."""

    HOLDS = "holds"  # see there
    PARTLY = "partly"  # it cures at least `TELLS` of the cells with an error
    NOTHING = "does nothing"
    HARMS = "harms"  # it harms at least `TELLS` of the cells without an error, and no smaller share than it cures
    INEXPRESSIBLE = "can't be expressed"  # that is so for most cells
    TOO_FEW = "too few cells"  # fewer than `FEWEST` were measured before and after


class PairKind(StrEnum):
    """What became of one cell. An error is any that a verdict names or doesn't name; leaks and warnings are none."""

    CURED = "cured"  # an error before, clean after
    EASED = "eased"  # an error before; after, all tests pass, but something leaks or warns
    UNCURED = "uncured"  # the same errors before and after
    CHANGED = "changed"  # errors before and after, but not the same
    TIDIED = "tidied"  # something leaked or warned before, clean after
    UNTIDY = "untidy"  # something leaks or warns before and after
    CLEAN = "clean"  # before and after
    SOURED = "soured"  # clean before, something leaks or warns after
    HARMED = "harmed"  # no error before, an error after
    INEXPRESSIBLE = "inexpressible"  # measured before, and can't be written down after


REMAINS = frozenset({PairKind.UNCURED, PairKind.CHANGED})
CURES = frozenset({PairKind.CURED, PairKind.EASED})
UNHARMED = frozenset({PairKind.TIDIED, PairKind.UNTIDY, PairKind.CLEAN, PairKind.SOURED})


class CellPair(msgspec.Struct, frozen=True, order=True):
    """A cell before and after, by id; equal where only a version differs."""

    before: str
    after: str


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What advice does in one environment, or from one environment to another. Counts are of cells measured in both."""

    release: str  # of pytest-asyncio, before
    system: str  # such as "linux-x86_64"
    keys: tuple[str, str]  # of the environments before and after
    environment: str  # id of the one before
    other: str = ""  # id of the one after, where it is another one
    counts: dict[PairKind, int] = {}
    examples: dict[PairKind, tuple[CellPair, ...]] = {}

    def count(self, *kinds: PairKind) -> int:
        """Cells of these kinds."""
        return sum(self.counts.get(kind, 0) for kind in kinds)

    @property
    def failing(self) -> int:
        """Cells with an error before."""
        return self.count(*CURES, *REMAINS)

    @property
    def passing(self) -> int:
        """Cells without an error before."""
        return self.count(*UNHARMED, PairKind.HARMED)

    @property
    def measured(self) -> int:
        """Cells that could run before and after."""
        return self.failing + self.passing

    @property
    def cured(self) -> int:
        """Cells that lose their error; those that leak or warn after that are among them."""
        return self.count(*CURES)

    @property
    def harmed(self) -> int:
        """Cells that get an error."""
        return self.count(PairKind.HARMED)

    @property
    def cured_share(self) -> float:
        """Of the cells with an error, those that lose it."""
        return self.cured / max(1, self.failing)

    @property
    def harmed_share(self) -> float:
        """Of the cells without an error, those that get one."""
        return self.harmed / max(1, self.passing)

    @property
    def verdict(self) -> AdviceVerdict:
        """In one word."""
        if self.measured < FEWEST:
            inexpressible = self.count(PairKind.INEXPRESSIBLE) > self.measured
            return AdviceVerdict.INEXPRESSIBLE if inexpressible else AdviceVerdict.TOO_FEW
        if self.cured_share >= HOLDS and self.harmed_share <= HARMLESS:
            return AdviceVerdict.HOLDS
        if self.passing >= FEWEST and self.harmed_share >= max(TELLS, self.cured_share):
            return AdviceVerdict.HARMS
        return AdviceVerdict.PARTLY if self.cured_share >= TELLS else AdviceVerdict.NOTHING


class ClaimEffects(msgspec.Struct, frozen=True, kw_only=True):
    """What one piece of advice does.

    There is one of `effects` for each system and release, of the environment that most is known of; `others` are of
    those with another Python, client or pytest.
    """

    claim: Claim
    effects: tuple[Effect, ...]
    others: tuple[Effect, ...] = ()
