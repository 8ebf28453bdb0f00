"""What common advice does, for the page: the numbers of `advice`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.knowledge.advice_model import FEWEST, HARMLESS, HOLDS, TELLS, AdviceVerdict
from harness.knowledge.advice_tables import (
    describe_change,
    describe_places,
    describe_unmeasured,
    is_measured,
    list_systems,
    sort_by_use,
)
from harness.knowledge.claims import load_claims
from harness.knowledge.effects import measure_effects
from harness.report.model import PageAdvice, PageEffect

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.knowledge.advice_model import ClaimEffects, Effect
    from harness.knowledge.outcomes import Outcomes

MEANINGS = {
    AdviceVerdict.HOLDS: f"cures at least {HOLDS:.0%} of the cells with an error, harms at most {HARMLESS:.0%} of the "
    "others",
    AdviceVerdict.PARTLY: f"cures at least {TELLS:.0%} of the cells with an error",
    AdviceVerdict.NOTHING: f"cures less than {TELLS:.0%} of the cells with an error",
    AdviceVerdict.HARMS: f"harms at least {TELLS:.0%} of the cells without an error, and no smaller share than it "
    "cures",
    AdviceVerdict.INEXPRESSIBLE: "can't be written down for most cells on this release",
    AdviceVerdict.TOO_FEW: f"fewer than {FEWEST} cells were measured before and after",
}
"""What each verdict means, in a few words."""


def make_advice(outcomes: Outcomes, catalogue: Catalogue) -> tuple[PageAdvice, ...]:
    """All advice, what cures most first; none where nothing was measured that says what advice does."""
    found = measure_effects(outcomes, load_claims(), catalogue)
    systems = list_systems(found)
    if not systems:
        return ()
    main = max(systems, key=lambda system: sum(len(one.effects) for one in found if is_measured(one, system)))
    measured = sort_by_use([one for one in found if is_measured(one, main)], main)
    return tuple(_make(one, main, outcomes) for one in (*measured, *(one for one in found if one not in measured)))


def _make(one: ClaimEffects, system: str, outcomes: Outcomes) -> PageAdvice:
    measured = is_measured(one, system)
    return PageAdvice(
        name=one.claim.name,
        text=one.claim.advice,
        change=describe_change(one.claim),
        given=one.claim.given,
        places=tuple(describe_places(one, system, outcomes)) if measured else (),
        effects=tuple(map(_make_effect, one.effects)),
        unmeasured="" if measured else describe_unmeasured(one),
    )


def _make_effect(effect: Effect) -> PageEffect:
    return PageEffect(
        release=effect.release,
        system=effect.system,
        verdict=effect.verdict.value,
        cured=effect.cured,
        failing=effect.failing,
        harmed=effect.harmed,
        passing=effect.passing,
        counts={kind.value: number for kind, number in effect.counts.items()},
    )
