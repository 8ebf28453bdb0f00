"""What advice does, measured by pairs: two cells, or one in two environments, that differ in this one thing."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from harness.catalogue.loading import find_values
from harness.environments.identity import PLUGIN
from harness.knowledge.claims import Claim
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.environments.model import Environment
    from harness.knowledge.claims import VersionChange
    from harness.knowledge.outcomes import Outcomes

HOLDS = 0.9
"""Advice holds where it cures at least this share of the cells with an error, and harms at most `HARMLESS`."""

HARMLESS = 0.01

TELLS = 0.05
"""A smaller share isn't called an effect."""

FEWEST = 10
"""Cells that must be measured before and after, to say what advice does."""

EXAMPLES = 3


class AdviceVerdict(StrEnum):
    """What advice does on one release, in one word."""

    HOLDS = "holds"  # see there
    PARTLY = "partly"  # it cures at least `TELLS` of the cells with an error
    NOTHING = "does nothing"
    HARMS = "harms"  # it harms at least `TELLS` of the cells without an error, and a larger share than it cures
    INEXPRESSIBLE = "can't be expressed"
    TOO_FEW = "too few cells"  # fewer than `FEWEST` were measured before and after


class PairKind(StrEnum):
    """What became of one cell. An error is any that a verdict names or doesn't name; leaks and warnings are none."""

    CURED = "cured"  # an error before, clean after
    EASED = "eased"  # an error before; after, all tests pass, but something leaks or warns
    UNCURED = "uncured"  # an error before and after
    TIDIED = "tidied"  # something leaked or warned before, clean after
    UNTIDY = "untidy"  # something leaks or warns before and after
    CLEAN = "clean"  # before and after
    SOURED = "soured"  # clean before, something leaks or warns after
    HARMED = "harmed"  # no error before, an error after
    INEXPRESSIBLE = "inexpressible"  # measured before, and can't be written down after


class CellPair(msgspec.Struct, frozen=True, order=True):
    """A cell before and after, by id; equal where only a version differs."""

    before: str
    after: str


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What advice does in one environment, or from one environment to another. Counts are of cells measured in both."""

    release: str  # of pytest-asyncio, before
    system: str  # such as "linux-x86_64"
    environment: str  # id
    other: str = ""  # id of the environment after, where it is another one
    counts: dict[PairKind, int] = {}
    examples: dict[PairKind, tuple[CellPair, ...]] = {}

    def count(self, *kinds: PairKind) -> int:
        """Cells of these kinds."""
        return sum(self.counts.get(kind, 0) for kind in kinds)

    @property
    def failing(self) -> int:
        """Cells with an error before."""
        return self.count(PairKind.CURED, PairKind.EASED, PairKind.UNCURED)

    @property
    def passing(self) -> int:
        """Cells without an error before."""
        return self.count(PairKind.TIDIED, PairKind.UNTIDY, PairKind.CLEAN, PairKind.SOURED, PairKind.HARMED)

    @property
    def cured(self) -> int:
        """Cells that lose their error; those that leak or warn after that are among them."""
        return self.count(PairKind.CURED, PairKind.EASED)

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
        if self.failing + self.passing < FEWEST:
            inexpressible = self.count(PairKind.INEXPRESSIBLE) >= FEWEST
            return AdviceVerdict.INEXPRESSIBLE if inexpressible else AdviceVerdict.TOO_FEW
        if self.cured_share >= HOLDS and self.harmed_share <= HARMLESS:
            return AdviceVerdict.HOLDS
        if self.harmed_share >= TELLS and self.harmed_share > self.cured_share:
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


def measure_effects(outcomes: Outcomes, claims: Iterable[Claim], catalogue: Catalogue) -> tuple[ClaimEffects, ...]:
    """The effects of each claim, over everything that was measured, in the order of systems and releases."""
    cells = {cell for key in outcomes.environments for cell in outcomes.outcomes(key) if find_values(cell)}
    groups = _group_environments(outcomes)
    return tuple(_measure_claim(outcomes, claim, catalogue, cells, groups) for claim in claims)


def _group_environments(outcomes: Outcomes) -> list[list[Environment]]:
    """Those of each system and release, the one that most is known of first, then the newest Python and client."""

    def rank(environment: Environment) -> tuple[int, Version, Version]:
        telling = sum(one.verdict.status is not Status.FAILS for one in outcomes.outcomes(environment.digest).values())
        return telling, _read_version(environment.python), _read_version(environment.client_version)

    groups: dict[tuple[str, Version], list[Environment]] = {}
    for environment in outcomes.environments.values():
        groups.setdefault((environment.platform, _read_version(environment.plugin)), []).append(environment)
    return [sorted(groups[key], key=rank, reverse=True) for key in sorted(groups)]


def _read_version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:  # "none"
        return Version("0")


def _measure_claim(
    outcomes: Outcomes, claim: Claim, catalogue: Catalogue, cells: set[str], groups: Sequence[Sequence[Environment]]
) -> ClaimEffects:
    pairs = sorted(_pair_cells(claim, catalogue, cells))
    effects: list[Effect] = []
    others: list[Effect] = []
    for group in groups:
        found = []
        for environment in group:
            after = _find_partner(claim, environment, groups)
            if after is not None and not claim.inexpressible:
                found.append(_measure_effect(outcomes, environment, after, pairs))
        effects += found[:1]
        others += found[1:]
    return ClaimEffects(claim=claim, effects=tuple(effects), others=tuple(others))


def _pair_cells(claim: Claim, catalogue: Catalogue, cells: set[str]) -> Iterator[CellPair]:
    """Each cell that the advice speaks of, and what it becomes."""
    if claim.step is not None:
        yield from (CellPair(cell, cell) for cell in cells)
    for change in claim.changes:
        for cell in cells:
            values = find_values(cell)
            if values[change.axis] in change.before or (not change.before and values[change.axis] != change.after):
                after = catalogue.cell({**values, change.axis: change.after}).id
                if after in cells:
                    yield CellPair(cell, after)


def _find_partner(
    claim: Claim, environment: Environment, groups: Iterable[Iterable[Environment]]
) -> Environment | None:
    """The environment in which a cell is after the change; None where there is none."""
    if claim.step is None:
        return environment
    step = claim.step
    version = environment.installed.get(step.package)
    if version is None or (step.below and Version(version) < Version(step.below)):
        return None
    found = [
        other
        for group in groups
        for other in reversed(list(group))
        if _is_alike(environment, other, step.package) and _is_reached(version, other.installed[step.package], step)
    ]
    return max(found, key=lambda other: Version(other.installed[step.package]), default=None)


def _is_alike(one: Environment, other: Environment, package: str) -> bool:
    """Whether they have the same system, Python, pytest-asyncio and client, apart from the package."""
    return (
        package in other.installed
        and (one.platform, one.implementation, one.python_minor)
        == (other.platform, other.implementation, other.python_minor)
        and one.client == other.client
        and (package == one.client or one.client_version == other.client_version)
        and (package == PLUGIN or one.plugin == other.plugin)
    )


def _is_reached(before: str, after: str, step: VersionChange) -> bool:
    return Version(after) < Version(step.below) if step.below else Version(after) > Version(before)


def _measure_effect(
    outcomes: Outcomes, environment: Environment, other: Environment, pairs: Iterable[CellPair]
) -> Effect:
    counts: Counter[PairKind] = Counter()
    examples: dict[PairKind, list[CellPair]] = {}
    before, after = outcomes.outcomes(environment.digest), outcomes.outcomes(other.digest)
    for pair in pairs:
        if pair.before in before and pair.after in after:
            kind = _judge(before[pair.before].verdict.status, after[pair.after].verdict.status)
            if kind is not None:
                counts[kind] += 1
                known = examples.setdefault(kind, [])
                if len(known) < EXAMPLES:
                    known.append(pair)
    return Effect(
        release=environment.plugin,
        system=environment.platform,
        environment=environment.id,
        other="" if other is environment else other.id,
        counts=dict(counts),
        examples={kind: tuple(known) for kind, known in examples.items()},
    )


_LEVELS = {
    Status.CLEAN: 0,
    Status.WARNS: 1,
    Status.LEAKS: 1,
    Status.REPRODUCES: 2,
    Status.FAILS: 2,
}

_KINDS = (
    (PairKind.CLEAN, PairKind.SOURED, PairKind.HARMED),
    (PairKind.TIDIED, PairKind.UNTIDY, PairKind.HARMED),
    (PairKind.CURED, PairKind.EASED, PairKind.UNCURED),
)
"""By the level before and the level after."""


def _judge(before: Status, after: Status) -> PairKind | None:
    """None where nothing was measured before."""
    if before not in _LEVELS:
        return None
    return _KINDS[_LEVELS[before]][_LEVELS[after]] if after in _LEVELS else PairKind.INEXPRESSIBLE
