"""What advice does, measured by pairs: two cells, or one in two environments, that differ in this one thing."""

from __future__ import annotations

from collections import Counter
from operator import eq
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from harness.catalogue.loading import find_values, list_free_values
from harness.catalogue.selection import parse
from harness.compare.release_ranges import list_errors
from harness.environments.identity import PLUGIN
from harness.knowledge.advice_model import CURES, REMAINS, UNHARMED, CellPair, ClaimEffects, Effect, PairKind
from harness.knowledge.causes import CauseRule, find_common_conditions
from harness.verdicts.model import Status, Verdict
from harness.verdicts.same_outcome import IdentityCache
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.environments.model import Environment
    from harness.knowledge.claims import Claim, VersionChange
    from harness.knowledge.outcomes import Outcomes

EXAMPLES = 3

PLACES = 3
"""Rules that say where advice cures or harms."""


def measure_effects(outcomes: Outcomes, claims: Iterable[Claim], catalogue: Catalogue) -> tuple[ClaimEffects, ...]:
    """The effects of each claim, over everything that was measured, in the order of systems and releases."""
    cells = {cell for key in outcomes.environments for cell in outcomes.outcomes(key) if find_values(cell)}
    groups = _group_environments(outcomes)
    return tuple(_measure_claim(outcomes, claim, catalogue, cells, groups) for claim in claims)


def select_releases(found: Iterable[ClaimEffects], releases: Collection[str]) -> tuple[ClaimEffects, ...]:
    """The effects on these releases alone."""
    return tuple(
        msgspec.structs.replace(
            one,
            effects=tuple(effect for effect in one.effects if effect.release in releases),
            others=tuple(effect for effect in one.others if effect.release in releases),
        )
        for one in found
    )


def _group_environments(outcomes: Outcomes) -> list[list[Environment]]:
    """Those of each system and release, the one that most is known of first, then the newest Python and client.

    Those in which not even the simplest suite passes say nothing.
    """

    def rank(environment: Environment) -> tuple[int, Version, Version]:
        telling = sum(one.verdict.status is not Status.FAILS for one in outcomes.outcomes(environment.digest).values())
        return (
            telling,
            _read_version(environment.python),
            _read_version(environment.client_version),
        )

    groups: dict[tuple[str, Version], list[Environment]] = {}
    for key, environment in outcomes.environments.items():
        if not outcomes.is_unusable(key):
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
    pairs = sorted(_pair_cells(claim, catalogue, cells), key=lambda pair: _measure_oddness(pair, catalogue))
    effects: list[Effect] = []
    others: list[Effect] = []
    for group in groups:
        found = []
        for environment in group:
            after = _find_partner(claim, environment, groups)
            if after is not None and (effect := _measure_effect(outcomes, environment, after, pairs)).counts:
                found.append(effect)
        effects += found[:1]
        others += found[1:]
    return ClaimEffects(claim=claim, effects=tuple(effects), others=tuple(others))


def _pair_cells(claim: Claim, catalogue: Catalogue, cells: set[str]) -> Iterator[CellPair]:
    """Each cell that the advice speaks of, and what it becomes.

    The cells can run on every release but for what the advice itself is about, so that releases are compared over the
    same pairs.
    """
    free = list_free_values()
    if claim.step is not None:
        yield from (CellPair(cell, cell) for cell in cells if find_values(cell).items() <= free)
    for change in claim.changes:
        chosen = parse(change.where, axes=catalogue.value_names).matches if change.where else None
        others = [name for name in catalogue.value_names[change.axis] if name != change.after]
        for cell in cells:
            values = find_values(cell)
            if values[change.axis] not in (change.before or others) or (chosen is not None and not chosen(values)):
                continue
            if all(axis == change.axis for axis, _ in values.items() - free):
                after = catalogue.cell({**values, change.axis: change.after}).id
                if after in cells:
                    yield CellPair(cell, after)


def _measure_oddness(pair: CellPair, catalogue: Catalogue) -> tuple[int, CellPair]:
    """Sorts cells with many defaults first: they make the best examples."""
    return -sum(map(eq, find_values(pair.before).values(), catalogue.defaults.values())), pair


def _find_partner(
    claim: Claim, environment: Environment, groups: Iterable[Iterable[Environment]]
) -> Environment | None:
    """The environment in which a cell is after the change; None where there is none."""
    if claim.step is None:
        return environment
    step = claim.step
    if step.package not in environment.installed:
        return None
    version = _read_version(environment.installed[step.package])
    if step.below and version < Version(step.below):
        return None
    found = [
        other
        for group in groups
        for other in group
        if _is_alike(environment, other, step.package)
        and _is_reached(version, _read_version(other.installed[step.package]), step)
    ]
    return max(found, key=lambda other: _read_version(other.installed[step.package]), default=None)


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


def _is_reached(before: Version, after: Version, step: VersionChange) -> bool:
    return after < Version(step.below) if step.below else after > before


def _measure_effect(
    outcomes: Outcomes, environment: Environment, other: Environment, pairs: Iterable[CellPair]
) -> Effect:
    counts: Counter[PairKind] = Counter()
    examples: dict[PairKind, list[CellPair]] = {}
    keys = (environment.digest, other.digest)
    for kind, pair in _judge_pairs(outcomes, keys, pairs):
        counts[kind] += 1
        known = examples.setdefault(kind, [])
        if len(known) < EXAMPLES:
            known.append(pair)
    return Effect(
        release=environment.plugin,
        system=environment.platform,
        keys=keys,
        environment=environment.id,
        other="" if other is environment else other.id,
        counts=dict(counts),
        examples={kind: tuple(known) for kind, known in examples.items()},
    )


def _judge_pairs(
    outcomes: Outcomes, keys: tuple[str, str], pairs: Iterable[CellPair]
) -> Iterator[tuple[PairKind, CellPair]]:
    """Those that were measured before and after, each with what became of it."""
    before, after = map(outcomes.outcomes, keys)
    categories = load_categories()
    errors = IdentityCache[Verdict, frozenset[str]](lambda verdict: frozenset(list_errors(verdict, categories)))
    for pair in pairs:
        if pair.before in before and pair.after in after:
            one, other = before[pair.before].verdict, after[pair.after].verdict
            kind = _judge(one.status, other.status)
            if kind is PairKind.UNCURED and one is not other and errors(one) != errors(other):
                kind = PairKind.CHANGED
            if kind is not None:
                yield kind, pair


class EffectPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """Which cells advice cures, of those with an error, and which it harms, of those without."""

    cures: tuple[CauseRule, ...]
    harms: tuple[CauseRule, ...]


def find_places(outcomes: Outcomes, claim: Claim, effect: Effect, catalogue: Catalogue) -> EffectPlaces:
    """Rules over the cells before the change."""
    cells = {cell for cell in outcomes.outcomes(effect.keys[0]) if find_values(cell)}
    after = {cell for cell in outcomes.outcomes(effect.keys[1]) if find_values(cell)}
    found: dict[PairKind, set[str]] = {kind: set() for kind in PairKind}
    for kind, pair in _judge_pairs(outcomes, effect.keys, _pair_cells(claim, catalogue, cells | after)):
        found[kind].add(pair.before)
    return EffectPlaces(
        cures=find_common_conditions(_unite(found, CURES), _unite(found, REMAINS), PLACES),
        harms=find_common_conditions(_unite(found, {PairKind.HARMED}), _unite(found, UNHARMED), PLACES),
    )


def _unite(found: Mapping[PairKind, set[str]], kinds: Iterable[PairKind]) -> set[str]:
    return set().union(*(found[kind] for kind in kinds))


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
