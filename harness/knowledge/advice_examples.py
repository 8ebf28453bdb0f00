"""Advice by example: a cell before and after, what each shows, and the code that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.label import label
from harness.catalogue.loading import load_catalogue
from harness.knowledge.advice_model import AdviceVerdict, PairKind
from harness.knowledge.advice_tables import choose_telling
from harness.knowledge.code import summarize_change
from harness.output.table import Table
from harness.output.text import shorten_environment
from harness.pipeline.cells import make_target
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.knowledge.advice_model import CellPair, ClaimEffects, Effect
    from harness.knowledge.outcomes import Outcomes

_TITLES = {
    PairKind.CURED: "A cell that it cures",
    PairKind.EASED: "A cell that it cures of its error, but not of all",
    PairKind.HARMED: "A cell that it harms",
    PairKind.CHANGED: "A cell that it gives another error",
    PairKind.UNCURED: "A cell that it doesn't cure",
}
"""The kinds of pairs that are worth an example."""


def make_example_tables(one: ClaimEffects, outcomes: Outcomes) -> Iterator[Table]:
    """A pair of each kind, of the newest release that has one; the first with its code."""
    shown = False
    for kind, title in _TITLES.items():
        effect = next((effect for effect in reversed(one.effects) if effect.examples.get(kind)), None)
        if effect is not None and not (shown and kind is PairKind.EASED):
            pair = effect.examples[kind][0]
            code = "" if shown else show_code(effect, pair, outcomes)
            yield _make_example(title, effect, pair, outcomes, code)
            shown = True


def choose_example(one: ClaimEffects) -> tuple[Effect, CellPair] | None:
    """The pair that shows best what the advice does on the newest release with one: what it harms where it harms."""
    newest = choose_telling(one.effects)
    kinds = [PairKind.CURED, PairKind.EASED, PairKind.HARMED, PairKind.CHANGED, PairKind.UNCURED]
    if newest.verdict is AdviceVerdict.HARMS:
        kinds.insert(0, PairKind.HARMED)
    kind = next((kind for kind in kinds if newest.examples.get(kind)), None)
    return (newest, newest.examples[kind][0]) if kind else None


def _make_example(title: str, effect: Effect, pair: CellPair, outcomes: Outcomes, code: str) -> Table:
    rows = tuple(
        (when, cell, label(outcomes.outcomes(key)[cell].verdict, load_categories()))
        for when, cell, key in (("before", pair.before, effect.keys[0]), ("after", pair.after, effect.keys[1]))
    )
    where = shorten_environment(effect.environment)
    return Table(
        name=title,
        title=title,
        headers=("", "cell", "outcome"),
        rows=rows,
        lead=f"On {where}{f', then on {shorten_environment(effect.other)}' if effect.other else ''}.",
        commands=tuple(code.splitlines()),
        prose=True,
    )


def show_code(effect: Effect, pair: CellPair, outcomes: Outcomes) -> str:
    """What changes in the suite; empty where only a version does and the suite is written in the same way for both."""
    catalogue = load_catalogue()
    before, after = (make_target(outcomes.environments[key]) for key in effect.keys)
    return summarize_change(
        catalogue, catalogue.parse(pair.before), catalogue.parse(pair.after), before, after_target=after
    )
