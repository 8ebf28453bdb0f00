"""What advice does, as tables and as data."""

from __future__ import annotations

import shlex
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

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
    "Over pairs of measured cells, or of environments, that differ in this one thing. Where a column stands for "
    "several releases, the shares are those of the newest."
)

LEGEND = (
    f"holds: it cures at least {HOLDS:.0%} of the cells with an error, and harms at most {HARMLESS:.0%} of those "
    f"without; partly: it cures at least {TELLS:.0%}; harms: it harms at least {TELLS:.0%}, and no smaller share than "
    f"it cures; too few cells: fewer than {FEWEST} were measured before and after. + is the share that it cures, - the "
    f"share that it harms, {NOT_APPLICABLE}: not for this release, or not measured. Leaks and warnings are no errors."
)


def make_advice_table(found: Sequence[ClaimEffects], system: str, *, every: bool = False) -> Table:
    """A row for each claim, the releases of a system side by side.

    Neighbouring releases on which all advice does the same are one column; with `every`, each is one of its own.
    """
    columns = list_columns(found, system, every=every)
    return Table(
        name=f"advice_{system}",
        title=f"What common advice does on {system}, by release of pytest-asyncio",
        headers=("advice", *(name_releases(releases, "\n") for releases in columns)),
        rows=tuple((one.claim.name, *(_make_cell(one, system, releases) for releases in columns)) for one in found),
        details=tuple(one.claim.advice for one in found),
        lead=BASIS,
        note=LEGEND,
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
    telling = effect.verdict not in {AdviceVerdict.INEXPRESSIBLE, AdviceVerdict.TOO_FEW}
    return "\n".join([_fold_verdict(effect.verdict), *([" ".join(shares)] if shares and telling else [])])


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
    """The newest in which the advice does anything, or else the newest."""
    return next((one for one in reversed(effects) if one.cured or one.harmed), effects[-1])


def _make_effects_table(one: ClaimEffects, *, every: bool) -> Table:
    rows: list[tuple[str, ...]] = []
    for system, effects in groupby(one.effects, lambda effect: effect.system):
        rows.append((system,))
        rows += [_make_row(name_releases([one.release for one in same]), same[-1]) for same in group_alike(effects)]
    if every and one.others:
        rows += [("with another Python, client or pytest",)]
        rows += [_make_row(effect.environment.partition("/")[2], effect) for effect in one.others]
    return Table(
        name=one.claim.name,
        title=one.claim.advice,
        headers=(
            "release",
            "verdict",
            "cures",
            "then leak\nor warn",
            "get another\nerror",
            "harms",
            "can't be\nexpressed",
        ),
        rows=tuple(rows),
        lead="\n".join([describe_change(one.claim), *(f"Given in {address}" for address in one.claim.given)]),
        note=_describe_others(one.others) if not every else "",
        commands=_write_measuring(one),
    )


def _write_measuring(one: ClaimEffects) -> tuple[str, ...]:
    """The command that measures more, where too few cells were measured to say what changed habits do."""
    enough = [effect for effect in one.effects if effect.verdict is not AdviceVerdict.TOO_FEW]
    if not one.claim.changes or (enough and len(enough) == len(one.effects)):
        return ()
    catalogue = load_catalogue()
    values: dict[str, set[str]] = {  # none: all
        axis: set() if axis in CROSSED else {default} for axis, default in catalogue.defaults.items()
    }
    for change in one.claim.changes:
        needed = {change.after, *change.before} if change.before else catalogue.value_names[change.axis]
        values[change.axis] = values[change.axis].union(needed)
    conditions = [f"{axis}={','.join(sorted(names))}" for axis, names in values.items() if names]
    words = shlex.join(("--profile", "full", "--select", " and ".join(conditions)))
    return ("More of them are measured by", command_line("matrix", words))


def group_alike(effects: Iterable[Effect]) -> Iterator[list[Effect]]:
    """Those of neighbouring releases of which all counts are the same."""
    for _, alike in groupby(effects, lambda effect: (effect.counts, effect.other)):
        yield list(alike)


def _make_row(name: str, effect: Effect) -> tuple[str, ...]:
    return (
        name,
        effect.verdict.value,
        f"{effect.cured:,} of {effect.failing:,}",
        show_number(effect.count(PairKind.EASED)),
        show_number(effect.count(PairKind.CHANGED)),
        f"{effect.harmed:,} of {effect.passing:,}",
        show_number(effect.count(PairKind.INEXPRESSIBLE)),
    )


def describe_change(claim: Claim) -> str:
    """What it changes, or why it can't be expressed."""
    if claim.inexpressible:
        return f"It can't be expressed: {claim.inexpressible}."
    if claim.step:
        version = "the newest measured" if claim.step.newest else f"the newest measured before {claim.step.below}"
        return f"It changes {claim.step.package} to {version}; pytest and the like are as of that release."
    changes = [
        f"{change.axis} from {', '.join(change.before) or 'any other'} to {change.after}"
        + (f" (where {change.where})" if change.where else "")
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
            lead=f"Of {count(number, 'cell')}, these conditions cover {covered:,}. They are about the cells before.",
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
