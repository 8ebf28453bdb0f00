"""The page of what common advice does, made from the committed baseline."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from harness.analysis.label import label
from harness.catalogue.loading import load_catalogue
from harness.knowledge.advice_examples import choose_example, show_code
from harness.knowledge.advice_model import AdviceVerdict, PairKind
from harness.knowledge.advice_tables import (
    choose_telling,
    describe_change,
    describe_unmeasured,
    is_measured,
    list_measuring,
    list_systems,
    make_advice_tables,
    name_releases,
    sort_by_use,
)
from harness.knowledge.causes import describe_conditions
from harness.knowledge.claims import load_claims
from harness.knowledge.effects import find_places, measure_effects
from harness.knowledge.outcomes import Outcomes
from harness.paths import HARNESS
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.knowledge.advice_model import ClaimEffects, Effect
    from harness.knowledge.causes import CauseRule
    from harness.output.table import Table

BASELINE = HARNESS.parent / "results" / "baseline"

LONGEST = 30
"""Lines of an example."""

HEAD = """# Advice

<!-- Made from harness/knowledge/claims.toml and results/baseline by `python -m docs`. -->

What is commonly advised against event-loop errors, and what it does. A **pair** is one [cell](catalogue.md), a small
test suite, before and after one takes the advice; nothing else differs. The advice **cures** a pair with an error
before and none after. It **harms** a pair with none before and an error after. What cures most on the newest release of
pytest-asyncio stands first. A line for several releases has the counts of the newest of them.

`valkey-loop-matrix advice` prints this table, and `valkey-loop-matrix advice NAME` one piece of advice with more
examples. Own results are counted as well.
"""


@cache
def make_advice_page(as_link: Callable[[str], str]) -> str:
    """The page. It takes a second: many results are read."""
    outcomes = Outcomes.read(BASELINE / "none", BASELINE)
    found = measure_effects(outcomes, load_claims(), load_catalogue())
    systems = list_systems(found)
    tables = ["\n".join(_write_table(make_advice_tables(found, system, outcomes)[0])) for system in systems]
    measured = [one for one in found if any(is_measured(one, system) for system in systems)]
    sections = ["\n".join(_make_section(one, outcomes, as_link)) for one in sort_by_use(measured, systems[0])]
    rest = "\n".join(_list_unmeasured([one for one in found if one not in measured], as_link))
    return "\n".join([HEAD, *tables, *sections, rest]).rstrip("\n") + "\n"


def _write_table(table: Table) -> Iterator[str]:
    """As a pipe table, in which the names lead to their sections and code is code."""
    yield from (f"## {table.title}", "")
    yield f"| {' | '.join(header.replace(chr(10), ' ') for header in table.headers)} |"
    yield f"|{' :--- |' * len(table.headers)}"
    for (name, *cells), detail in zip(table.rows, table.details, strict=True):
        texts = [f"[{name}](#{_make_anchor(name)})\n{detail}", *cells]
        yield f"| {' | '.join(text.replace('|', chr(92) + '|').replace(chr(10), '<br>') for text in texts)} |"
    yield from ("", table.note, "")


def _make_anchor(name: str) -> str:
    """As headings get theirs."""
    return name.replace(".", "")


def _make_section(one: ClaimEffects, outcomes: Outcomes, as_link: Callable[[str], str]) -> Iterator[str]:
    yield from (f"## {one.claim.name}", "", f"*{one.claim.advice}* {describe_change(one.claim)}", "")
    yield from (f"Given in {', '.join(map(as_link, one.claim.given))}.", "")
    newest_first = one.effects[::-1]
    for (system, _), group in groupby(newest_first, lambda effect: (effect.system, effect.verdict)):
        alike = list(group)
        releases = name_releases([effect.release for effect in alike[::-1]])
        yield f"- {system}, pytest-asyncio {releases}: {_describe_effect(alike[0])}"
    newest = choose_telling(one.effects)
    places = find_places(outcomes, one.claim, newest, load_catalogue())
    yield from _list_places("cures", newest, places.cures)
    yield from _list_places("harms", newest, places.harms)
    yield from ("", *_show_example(one, outcomes))


def _describe_effect(effect: Effect) -> str:
    """`**partly**: cures 1,232 of 2,986 (480 of them leak or warn then), harms 9 of 196`."""
    text = f"**{effect.verdict.value}**"
    if effect.verdict is AdviceVerdict.INEXPRESSIBLE:
        return text
    eased = effect.count(PairKind.EASED)
    leaking = f" ({eased:,} of them leak or warn then)" if eased else ""
    return (
        f"{text}: cures {effect.cured:,} of {effect.failing:,}{leaking}, harms {effect.harmed:,} of {effect.passing:,}"
    )


def _list_places(verb: str, effect: Effect, rules: Sequence[CauseRule]) -> Iterator[str]:
    if rules:
        yield from ("", f"Where it {verb}, on pytest-asyncio {effect.release}:", "")
        yield from (f"- {rule.count}: {describe_conditions(rule, load_catalogue())}" for rule in rules)


def _show_example(one: ClaimEffects, outcomes: Outcomes) -> Iterator[str]:
    """The change of one pair, in code or of the version, and what came of it."""
    chosen = choose_example(one)
    if chosen is None:
        return
    effect, pair = chosen
    before, after = (
        label(outcomes.outcomes(key)[cell].verdict, load_categories())
        for cell, key in zip((pair.before, pair.after), effect.keys, strict=True)
    )
    yield from (f"For example `{pair.before}` on {effect.release}, before: {before}; after: {after}.", "")
    if one.claim.step is None:
        lines = show_code(effect, pair, outcomes).splitlines()
    else:
        versions = [outcomes.environments[key].installed[one.claim.step.package] for key in effect.keys]
        lines = [f"{sign}{one.claim.step.package}=={version}" for sign, version in zip("-+", versions, strict=True)]
    more = [f"# and {len(lines) - LONGEST} more lines"] if len(lines) > LONGEST else []
    yield from ("```diff", *lines[:LONGEST], *more, "```", "")


def _list_unmeasured(rest: Sequence[ClaimEffects], as_link: Callable[[str], str]) -> Iterator[str]:
    """Each with the reason, and the commands that measure more."""
    if not rest:
        return
    yield from ("## What the results don't tell", "")
    for one in rest:
        given = ", ".join(map(as_link, one.claim.given))
        yield f"- **{one.claim.name}**: {one.claim.advice} {_capitalize(describe_unmeasured(one))}. Given in {given}."
    if arguments := list_measuring(rest):
        commands = (f"valkey-loop-matrix matrix {one}" for one in arguments)
        yield from ("", "More is measured by", "", "```sh", *commands, "```")


def _capitalize(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
