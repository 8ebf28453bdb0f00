"""What advice does, as tables and as data."""

from __future__ import annotations

import shlex
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.invocation import command_line
from harness.knowledge.advice_model import FEWEST, HARMLESS, HOLDS, TELLS, AdviceVerdict, PairKind
from harness.knowledge.causes import describe_conditions
from harness.knowledge.effects import find_places
from harness.knowledge.outcomes import sort_versions
from harness.output.table import Table
from harness.output.text import count, show_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.knowledge.advice_model import ClaimEffects, Effect
    from harness.knowledge.causes import CauseRule
    from harness.knowledge.claims import Claim
    from harness.knowledge.outcomes import Outcomes

    Columns = list[list[str]]  # releases

NOT_APPLICABLE = "–"
"""In place of a verdict: the release is not one that the advice is for, or nothing was measured there."""

CROSSED = ("fixture_scope", "creation_site", "cleanup_style")
"""The axes of which every value is measured, where too little is known."""

BASIS = (
    "A pair is one cell, a small test suite, before and after one takes the advice; nothing else differs. The advice "
    "cures a pair with an error before and none after, and harms a pair with none before and an error after. Of all "
    "releases the same pairs are counted: cells that need no certain version or package but for the advice itself."
)

LEGEND = (
    f"holds: it cures at least {HOLDS:.0%} of the pairs with an error, and harms at most {HARMLESS:.0%} of those "
    f"without; partly: it cures at least {TELLS:.0%}; harms: it harms at least {TELLS:.0%}, and no smaller share than "
    f"it cures; too few cells: fewer than {FEWEST} were measured before and after. + is the share that it cures, - the "
    f"share that it harms, {NOT_APPLICABLE}: not for this release, or not measured. Leaks and warnings are no errors. "
    "Where a column stands for several releases, the shares are those of the newest. “of” is how many pairs were "
    "measured there, where that were not as many as elsewhere."
)

RANKS = (AdviceVerdict.HOLDS, AdviceVerdict.PARTLY, AdviceVerdict.NOTHING, AdviceVerdict.HARMS)
"""Of more use first."""

_BESIDE = {
    PairKind.EASED: "then leak\nor warn",
    PairKind.CHANGED: "get another\nerror",
    PairKind.INEXPRESSIBLE: "can't be\nexpressed",
}
"""Headings of what becomes of pairs besides; without any such pair there is no column."""

LEAST_COVERED = 5
"""Pairs of which a condition tells enough to stand below the advice."""


def make_advice_tables(
    found: Sequence[ClaimEffects], system: str, outcomes: Outcomes, *, every: bool = False
) -> tuple[Table, ...]:
    """A row for each claim, the releases of a system side by side; then what nothing was measured of.

    Neighbouring releases on which all advice does the same are one column; with `every`, each is one of its own.
    """
    columns = list_columns(found, system, every=every)[::-1]
    measured = sort_by_use([one for one in found if is_measured(one, system)], system)
    rest = [one for one in found if not is_measured(one, system)]
    table = Table(
        name=f"advice_{system}",
        title=f"What common advice does on {system}, by release of pytest-asyncio",
        headers=("advice", *(name_releases(releases, "\n") for releases in columns)),
        rows=tuple((one.claim.name, *(_make_cell(one, system, releases) for releases in columns)) for one in measured),
        details=tuple("\n".join((one.claim.advice, *describe_places(one, system, outcomes))) for one in measured),
        lead=BASIS,
        note=LEGEND,
    )
    return (table, *([_make_rest_table(rest, system)] if rest else []))


def is_measured(one: ClaimEffects, system: str) -> bool:
    """Whether a verdict tells anything on some release."""
    untold = {AdviceVerdict.INEXPRESSIBLE, AdviceVerdict.TOO_FEW}
    return any(effect.verdict not in untold for effect in one.effects if effect.system == system)


def sort_by_use(found: Iterable[ClaimEffects], system: str) -> list[ClaimEffects]:
    """What cures most on the newest release first; what harms most last."""

    def rank(one: ClaimEffects) -> tuple[int, float]:
        newest = [effect for effect in one.effects if effect.system == system][-1]
        place = RANKS.index(newest.verdict) if newest.verdict in RANKS else len(RANKS)
        return place, newest.harmed_share - newest.cured_share

    return sorted(found, key=rank)


def describe_places(one: ClaimEffects, system: str, outcomes: Outcomes) -> Iterator[str]:
    """`Cures where no loop scope is set: 904 of 904.` For each verb the condition that covers most, if there is one."""
    effects = [effect for effect in one.effects if effect.system == system]
    effect = choose_telling(effects)
    places = find_places(outcomes, one.claim, effect, load_catalogue())
    on = "" if effect is effects[-1] else f" on pytest-asyncio {effect.release}"
    for verb, rules, number in (("Cures", places.cures, effect.cured), ("Harms", places.harms, effect.harmed)):
        sure = [rule for rule in rules if rule.support >= max(LEAST_COVERED, HOLDS * rule.meeting)]
        if sure:
            rule = _unite_rules(sure)
            text = describe_conditions(rule, load_catalogue()).removesuffix(".")
            where = f"{text[:1].lower()}{text[1:]}"
            only = "only " if rule.covers == number else ""
            link = "" if where.startswith("always") else f"{only}where "
            yield f"{verb} {link}{where}: {rule.count}{on}."


def _unite_rules(rules: Sequence[CauseRule]) -> CauseRule:
    """The first one, with those that are about other values of its one axis."""
    united = rules[0]
    for rule in rules[1:]:
        match united.conditions, rule.conditions:
            case ((axis, values),), ((other, more),) if axis == other and not set(values) & set(more):
                united = msgspec.structs.replace(
                    united,
                    conditions=((axis, (*values, *more)),),
                    support=united.support + rule.support,
                    meeting=united.meeting + rule.meeting,
                    covers=united.covers + rule.covers,
                )
    return united


def list_measuring(rest: Iterable[ClaimEffects]) -> list[str]:
    """The arguments of `matrix` that measure more of them."""
    return [arguments for arguments in dict.fromkeys(map(choose_measuring, rest)) if arguments]


def describe_unmeasured(one: ClaimEffects) -> str:
    """Why the results say nothing of it."""
    reason = one.claim.inexpressible
    return f"can't be expressed: {reason}" if reason else f"too few cells: fewer than {FEWEST} were measured"


def _make_rest_table(rest: Sequence[ClaimEffects], system: str) -> Table:
    commands = [command_line("matrix", arguments) for arguments in list_measuring(rest)]
    return Table(
        name=f"unmeasured_{system}",
        title="What the results don't tell",
        headers=("advice", "why"),
        rows=tuple((one.claim.name, describe_unmeasured(one)) for one in rest),
        details=tuple(one.claim.advice for one in rest),
        commands=("More is measured by", *commands) if commands else (),
        prose=True,
    )


def list_columns(found: Iterable[ClaimEffects], system: str, *, every: bool = False) -> Columns:
    """The releases of a system, in order."""
    by_release: dict[str, dict[str, AdviceVerdict]] = {}
    for one in found:
        for effect in one.effects:
            if effect.system == system:
                by_release.setdefault(effect.release, {})[one.claim.name] = effect.verdict
    columns: Columns = []
    together: dict[str, AdviceVerdict] = {}
    for release in sort_versions(by_release):
        verdicts = by_release[release]
        if columns and not every and all(together.get(name, one) is one for name, one in verdicts.items()):
            columns[-1].append(release)
            together |= verdicts
        else:
            columns.append([release])
            together = dict(verdicts)
    return columns


def list_systems(found: Iterable[ClaimEffects]) -> tuple[str, ...]:
    """Those on which any effect was measured."""
    return tuple(sorted({effect.system for one in found for effect in one.effects}))


def name_releases(releases: Sequence[str], space: str = " ") -> str:
    """`0.17.2` or `0.17.2 – 0.21.2`."""
    return releases[0] if len(releases) == 1 else f"{releases[0]} –{space}{releases[-1]}"


def _make_cell(one: ClaimEffects, system: str, releases: Sequence[str]) -> str:
    """The verdict of the newest of the releases that the advice is for, and the shares where there are any."""
    if one.claim.inexpressible:
        return _fold_verdict(AdviceVerdict.INEXPRESSIBLE)
    there = {effect.release: effect for effect in one.effects if effect.system == system}
    effect = next((there[release] for release in reversed(releases) if release in there), None)
    if effect is None:
        return NOT_APPLICABLE
    shares = [
        f"{sign}{share:.0%}"
        for sign, share, base in (("+", effect.cured_share, effect.failing), ("-", effect.harmed_share, effect.passing))
        if base >= FEWEST and round(share, 2)
    ]
    if effect.verdict in {AdviceVerdict.INEXPRESSIBLE, AdviceVerdict.TOO_FEW}:
        return _fold_verdict(effect.verdict)
    fewer = effect.measured < max(one.measured for one in there.values())
    size = [f"of {effect.measured:,}"] if fewer else []
    return "\n".join(filter(None, [_fold_verdict(effect.verdict), " ".join(shares), *size]))


def _fold_verdict(verdict: AdviceVerdict) -> str:
    """In two lines where it is long."""
    match verdict:
        case AdviceVerdict.INEXPRESSIBLE:
            return "can't be\nexpressed"
        case AdviceVerdict.TOO_FEW:
            return "too few\ncells"
        case _:
            return verdict.value


def make_claim_tables(one: ClaimEffects, outcomes: Outcomes, *, every: bool = False) -> tuple[Table, ...]:
    """One piece of advice in detail: its effects with counts, and where it cures and harms."""
    effects = _make_effects_table(one, every=every)
    if not one.effects:
        return (effects,)
    newest = choose_telling(one.effects)
    places = find_places(outcomes, one.claim, newest, load_catalogue())
    tables = [
        effects,
        *_make_places_table("cures", newest, places.cures, newest.cured),
        *_make_places_table("harms", newest, places.harms, newest.harmed),
    ]
    return tuple(tables)


def choose_telling(effects: Sequence[Effect]) -> Effect:
    """The newest in which the advice does something to a few pairs, or to any, or else the newest."""
    return next(
        (one for least in (LEAST_COVERED, 1) for one in reversed(effects) if one.cured + one.harmed >= least),
        effects[-1],
    )


def _make_effects_table(one: ClaimEffects, *, every: bool) -> Table:
    arguments = choose_measuring(one)
    others = one.others if every else ()
    met = [kind for kind in _BESIDE if any(effect.count(kind) for effect in (*one.effects, *others))]
    rows: list[tuple[str, ...]] = []
    for system, effects in groupby(one.effects, lambda effect: effect.system):
        rows.append((system,))
        rows += [
            _make_row(name_releases([one.release for one in same]), same[-1], met) for same in group_alike(effects)
        ]
    if others:
        rows += [("with another Python, client or pytest",)]
        rows += [_make_row(effect.environment.partition("/")[2], effect, met) for effect in others]
    return Table(
        name=one.claim.name,
        title=one.claim.advice,
        headers=("release", "verdict", "cures", "harms", *(_BESIDE[kind] for kind in met)),
        rows=tuple(rows),
        lead="\n".join([describe_change(one.claim), *(f"Given in {address}" for address in one.claim.given)]),
        note="" if every else _describe_others(one.others),
        commands=(_introduce_measuring(one), command_line("matrix", arguments)) if arguments else (),
    )


def _introduce_measuring(one: ClaimEffects) -> str:
    return "More of them are measured by" if one.effects else "No such pair was measured yet. This measures them"


def choose_measuring(one: ClaimEffects) -> str:
    """Arguments of `matrix` that measure more, where too few cells were measured to say what changed habits do."""
    enough = [effect for effect in one.effects if effect.verdict is not AdviceVerdict.TOO_FEW]
    if not one.claim.changes or (enough and len(enough) == len(one.effects)):
        return ""
    catalogue = load_catalogue()
    values: dict[str, set[str]] = {  # none: all
        axis: set() if axis in CROSSED else {default} for axis, default in catalogue.defaults.items()
    }
    for change in one.claim.changes:
        needed = {change.after, *change.before} if change.before else catalogue.value_names[change.axis]
        values[change.axis] = values[change.axis].union(needed)
    conditions = [f"{axis}={','.join(sorted(names))}" for axis, names in values.items() if names]
    return shlex.join(("--profile", "full", "--select", " and ".join(conditions)))


def group_alike(effects: Iterable[Effect]) -> Iterator[list[Effect]]:
    """Those of neighbouring releases of which all counts are the same."""
    for _, alike in groupby(effects, lambda effect: (effect.counts, effect.other)):
        yield list(alike)


def _make_row(name: str, effect: Effect, met: Iterable[PairKind]) -> tuple[str, ...]:
    return (
        name,
        effect.verdict.value,
        f"{effect.cured:,} of {effect.failing:,}",
        f"{effect.harmed:,} of {effect.passing:,}",
        *(show_number(effect.count(kind)) for kind in met),
    )


def describe_change(claim: Claim) -> str:
    """What it changes, or why it can't be expressed."""
    if claim.inexpressible:
        return f"It can't be expressed: {claim.inexpressible}."
    if claim.step:
        version = "the newest measured" if claim.step.newest else f"the newest measured before {claim.step.below}"
        return f"It changes {claim.step.package} to {version}; pytest and the like are as of that release."
    changes = [
        f"`{change.axis}` from {' or '.join(f'`{name}`' for name in change.before) or 'any other'} to `{change.after}`"
        + (f" (where `{change.where}`)" if change.where else "")
        for change in claim.changes
    ]
    return f"It changes {'; or '.join(changes)}."


def _describe_others(others: Sequence[Effect]) -> str:
    """How it is with other Pythons and clients."""
    if not others:
        return ""
    counted = Counter(effect.verdict.value for effect in others)
    verdicts = ", ".join(f"{verdict} in {number}" for verdict, number in counted.most_common())
    return f"In {count(len(others), 'environment')} with another Python, client or pytest: {verdicts}. Each: --all."


def _make_places_table(verb: str, effect: Effect, rules: Sequence[CauseRule], number: int) -> Iterator[Table]:
    """Where advice cures or harms; none where it doesn't, or where nothing is common to the cells."""
    if rules:
        covered = sum(rule.covers for rule in rules)
        rows = [(rule.count, describe_conditions(rule, load_catalogue())) for rule in rules]
        yield Table(
            name=verb,
            title=f"Where it {verb}, on pytest-asyncio {effect.release}",
            headers=("cells", "where"),
            rows=tuple(rows),
            lead=f"Of {count(number, 'cell')}, {covered:,} had this before the change.",
            prose=True,
        )


def as_data(found: Iterable[ClaimEffects]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "thresholds": {"holds": HOLDS, "harmless": HARMLESS, "effect": TELLS, "fewest_cells": FEWEST},
        "advice": [
            {
                "name": one.claim.name,
                "advice": one.claim.advice,
                "given": one.claim.given,
                "changes": one.claim.changes,
                "step": one.claim.step,
                "inexpressible": one.claim.inexpressible or None,
                "effects": [_describe_effect(effect) for effect in one.effects],
                "others": [_describe_effect(effect) for effect in one.others],
            }
            for one in found
        ],
    }


def _describe_effect(effect: Effect) -> dict[str, Any]:
    return {
        "system": effect.system,
        "release": effect.release,
        "environment": effect.environment,
        "environment_after": effect.other or effect.environment,
        "verdict": effect.verdict.value,
        "cured": effect.cured,
        "with_error": effect.failing,
        "harmed": effect.harmed,
        "without_error": effect.passing,
        "counts": {kind.value: effect.counts.get(kind, 0) for kind in PairKind},
        "examples": {kind.value: pairs for kind, pairs in effect.examples.items()},
    }
