"""The page of what common advice does, made from the committed baseline."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.knowledge.advice_model import AdviceVerdict, PairKind
from harness.knowledge.advice_tables import (
    choose_telling,
    describe_change,
    list_systems,
    make_advice_table,
    name_releases,
)
from harness.knowledge.causes import describe_conditions
from harness.knowledge.claims import load_claims
from harness.knowledge.effects import find_places, measure_effects
from harness.knowledge.outcomes import Outcomes
from harness.output.table import as_markdown
from harness.paths import HARNESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.knowledge.advice_model import ClaimEffects, Effect
    from harness.knowledge.causes import CauseRule

BASELINE = HARNESS.parent / "results" / "baseline"

HEAD = """# Advice

<!-- Made from harness/knowledge/claims.toml and results/baseline by `python -m docs`. -->

What is commonly advised against event-loop errors, and what it does to the cells of this project: two cells, or one
cell in two environments, that differ in this one thing. `valkey-loop-matrix advice` prints this table, and
`valkey-loop-matrix advice NAME` one piece of advice with examples in code. Own results are counted as well.
"""


@cache
def make_advice_page(as_link: Callable[[str], str]) -> str:
    """The page. It takes a second: many results are read."""
    outcomes = Outcomes.read(BASELINE / "none", BASELINE)
    found = measure_effects(outcomes, load_claims(), load_catalogue())
    tables = [as_markdown(make_advice_table(found, system), padded=False) for system in list_systems(found)]
    sections = ["\n".join(_make_section(one, outcomes, as_link)) for one in found]
    return "\n".join([HEAD, *tables, *sections]).rstrip("\n") + "\n"


def _make_section(one: ClaimEffects, outcomes: Outcomes, as_link: Callable[[str], str]) -> Iterator[str]:
    yield from (f"## {one.claim.name}", "", f"*{one.claim.advice}*", "", describe_change(one.claim), "")
    yield from (f"Given in {', '.join(map(as_link, one.claim.given))}.", "")
    for (system, text), alike in groupby(one.effects, lambda effect: (effect.system, _describe_effect(effect))):
        yield f"- {system}, pytest-asyncio {name_releases([effect.release for effect in alike])}: {text}"
    if one.effects:
        newest = choose_telling(one.effects)
        places = find_places(outcomes, one.claim, newest, load_catalogue())
        yield from _list_places("cures", newest, places.cures)
        yield from _list_places("harms", newest, places.harms)
    yield ""


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
