"""Pairs are counted as cured, harmed or neither, over cells that were measured before and after."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import find_values, list_free_values, load_catalogue
from harness.errors import UnknownNameError
from harness.knowledge.advice_model import AdviceVerdict, Effect, PairKind
from harness.knowledge.claims import Claim, HabitChange, VersionChange, choose_claims, load_claims
from harness.knowledge.effects import find_places, measure_effects
from harness.knowledge.outcomes import Outcomes
from harness.paths import find_baseline
from harness.store.model import Results
from harness.verdicts.model import Status
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, MASKED, REMOVED, environment, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.environments.model import Environment
    from harness.verdicts.model import Verdict

SCOPE = Claim(
    name="function-scope",
    advice="Give the client's fixture function scope.",
    given=("https://example.org",),
    changes=(HabitChange(axis="fixture_scope", after="function"),),
)
ERRORS = {Status.REPRODUCES, Status.FAILS}
UNTELLING = {Status.NOT_APPLICABLE}
WIDE = "default/session/async_fixture/{}"
NARROW = "default/function/async_fixture/{}"


def make_outcomes(*measured: tuple[Environment, dict[str, Verdict]]) -> Outcomes:
    return Outcomes(Results(runs=tuple(run_of(verdicts, where) for where, verdicts in measured), broken=()))


def measure(claim: Claim, outcomes: Outcomes) -> tuple[Effect, ...]:
    (found,) = measure_effects(outcomes, [claim], load_catalogue())
    return found.effects


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (DIFFERENT, CLEAN, PairKind.CURED),
        (DIFFERENT, LEAKS, PairKind.EASED),
        (DIFFERENT, DIFFERENT, PairKind.UNCURED),
        (DIFFERENT, MASKED, PairKind.CHANGED),
        (LEAKS, CLEAN, PairKind.TIDIED),
        (LEAKS, LEAKS, PairKind.UNTIDY),
        (CLEAN, CLEAN, PairKind.CLEAN),
        (CLEAN, LEAKS, PairKind.SOURED),
        (CLEAN, DIFFERENT, PairKind.HARMED),
        (LEAKS, DIFFERENT, PairKind.HARMED),
        (CLEAN, REMOVED, PairKind.INEXPRESSIBLE),
    ],
)
def test_a_pair_is_counted_by_what_became_of_it(before: Verdict, after: Verdict, kind: PairKind) -> None:
    outcomes = make_outcomes((environment(), {WIDE.format("none"): before, NARROW.format("none"): after}))
    (effect,) = measure(SCOPE, outcomes)
    assert effect.counts == {kind: 1}
    assert [(pair.before, pair.after) for pair in effect.examples[kind]] == [
        (WIDE.format("none"), NARROW.format("none"))
    ]


def test_what_was_not_measured_after_the_change_or_can_not_be_expressed_before_is_not_counted() -> None:
    outcomes = make_outcomes(
        (
            environment(),
            {
                WIDE.format("none"): DIFFERENT,
                WIDE.format("aclose"): REMOVED,
                NARROW.format("aclose"): CLEAN,
                "a suite of one's own": DIFFERENT,
            },
        )
    )
    assert measure(SCOPE, outcomes) == ()


def test_a_change_counts_only_for_the_cells_that_it_is_advised_for() -> None:
    change = HabitChange(axis="cleanup_style", before=("none",), after="aclose", where="fixture_scope = session")
    claim = msgspec.structs.replace(SCOPE, changes=(change,))
    cells = {form.format(style): DIFFERENT for form in (WIDE, NARROW) for style in ("none", "close", "aclose")}
    (effect,) = measure(claim, make_outcomes((environment(), cells)))
    assert effect.counts == {PairKind.UNCURED: 1}


def test_an_upgrade_pairs_the_same_cell_with_the_newest_release_on_the_same_python() -> None:
    cell = NARROW.format("none")
    outcomes = make_outcomes(
        (environment("0.21.2"), {cell: DIFFERENT}),
        (environment("1.0.0"), {cell: DIFFERENT}),
        (environment("1.5.0"), {cell: CLEAN}),
        (environment("1.6.0", "3.14.0"), {cell: DIFFERENT}),
    )
    claim = Claim(name="u", advice="", given=(), step=VersionChange(package="pytest-asyncio", newest=True))
    effects = measure(claim, outcomes)
    assert [(effect.release, effect.other, effect.cured) for effect in effects] == [
        ("0.21.2", environment("1.5.0").id, 1),
        ("1.0.0", environment("1.5.0").id, 1),
    ]


def test_a_pin_is_for_the_releases_that_are_not_below_it() -> None:
    cell = NARROW.format("none")
    plugins = ("0.26.0", "1.0.0", "1.5.0")
    outcomes = make_outcomes(*((environment(plugin), {cell: CLEAN}) for plugin in plugins))
    claim = Claim(name="p", advice="", given=(), step=VersionChange(package="pytest-asyncio", below="1.0"))
    assert [(effect.release, effect.other) for effect in measure(claim, outcomes)] == [
        ("1.0.0", environment("0.26.0").id),
        ("1.5.0", environment("0.26.0").id),
    ]


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ({PairKind.CURED: 90, PairKind.UNCURED: 10, PairKind.CLEAN: 100}, AdviceVerdict.HOLDS),
        ({PairKind.CURED: 90, PairKind.UNCURED: 10, PairKind.CLEAN: 98, PairKind.HARMED: 2}, AdviceVerdict.PARTLY),
        ({PairKind.EASED: 5, PairKind.UNCURED: 95, PairKind.CLEAN: 97, PairKind.HARMED: 3}, AdviceVerdict.PARTLY),
        ({PairKind.CURED: 4, PairKind.UNCURED: 96, PairKind.CLEAN: 97, PairKind.HARMED: 3}, AdviceVerdict.NOTHING),
        ({PairKind.CURED: 5, PairKind.UNCURED: 95, PairKind.CLEAN: 95, PairKind.HARMED: 5}, AdviceVerdict.HARMS),
        ({PairKind.UNCURED: 95, PairKind.CHANGED: 5, PairKind.HARMED: 1}, AdviceVerdict.NOTHING),
        ({PairKind.INEXPRESSIBLE: 10}, AdviceVerdict.INEXPRESSIBLE),
        ({PairKind.CURED: 9}, AdviceVerdict.TOO_FEW),
        ({PairKind.CURED: 1, PairKind.INEXPRESSIBLE: 2}, AdviceVerdict.INEXPRESSIBLE),
    ],
)
def test_the_verdict_follows_from_the_shares(counts: dict[PairKind, int], verdict: AdviceVerdict) -> None:
    effect = Effect(release="1.5.0", system="linux-x86_64", keys=("a", "a"), environment="e", counts=counts)
    assert effect.verdict is verdict


def test_where_advice_cures_is_said_by_a_rule_over_the_cells_before() -> None:
    styles = ("none", "aclose", "close", "flush_around")
    cells = {NARROW.format(style): CLEAN for style in styles} | {
        WIDE.format(style) + work: DIFFERENT for style in styles for work in ("", "@workload=gather")
    }
    cells |= {NARROW.format(style) + "@workload=gather": DIFFERENT for style in styles}
    outcomes = make_outcomes((environment(), cells))
    (effect,) = measure(SCOPE, outcomes)
    (rule,) = find_places(outcomes, SCOPE, effect, load_catalogue()).cures
    assert (rule.conditions, rule.count) == ((("workload", ("get_set",)),), "4 of 4")


def test_pairs_that_other_releases_could_not_run_are_not_counted() -> None:
    later = {
        NARROW.format("aclose") + "@loop_scope=mixed": CLEAN,
        WIDE.format("aclose") + "@loop_scope=mixed": DIFFERENT,
    }
    both = {NARROW.format("aclose"): CLEAN, WIDE.format("aclose"): DIFFERENT}
    (effect,) = measure(SCOPE, make_outcomes((environment(), later | both)))
    assert (effect.cured, effect.measured) == (1, 1)


def test_every_claim_has_addresses_and_says_what_it_changes_or_why_nothing_can() -> None:
    claims = load_claims()
    assert len({claim.name for claim in claims}) == len(claims)
    for claim in claims:
        assert claim.advice.endswith("."), claim.name
        assert claim.given, claim.name
        assert all(address.startswith("https://") for address in claim.given)


def test_a_claim_with_a_value_that_is_not_in_the_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match="creation_site has no value registry"):
        Claim(name="c", advice="", given=(), changes=(HabitChange(axis="creation_site", after="registry"),))


def test_a_name_that_is_no_advice_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="'function-scop'") as caught:
        choose_claims(("function-scop",))
    assert "function-scope" in caught.value.remedy


@cache
def committed(place: Path) -> Outcomes:
    return Outcomes.read(place / "none of one's own", place)


@pytest.mark.parametrize("name", ["selector-policy", "function-scope", "loop-to-client", "request-event-loop", "flush"])
def test_the_counts_of_the_committed_baseline_are_those_of_a_plain_loop_over_its_cells(name: str) -> None:
    outcomes = committed(find_baseline())
    (claim,) = choose_claims((name,))
    (change,) = claim.changes
    for effect in measure(claim, outcomes):
        there = outcomes.outcomes(effect.keys[0])
        errors: Counter[tuple[bool, bool]] = Counter()
        for cell, outcome in there.items():
            values = {**find_values(cell)}
            if any(axis != change.axis for axis, _ in values.items() - list_free_values()):
                continue  # not every release can run it
            if values[change.axis] != change.after and values[change.axis] in (change.before or values.values()):
                after = there.get(load_catalogue().cell(values | {change.axis: change.after}).id)
                if after is not None and {outcome.verdict.status, after.verdict.status}.isdisjoint(UNTELLING):
                    errors[outcome.verdict.status in ERRORS, after.verdict.status in ERRORS] += 1
        assert effect.cured == errors[True, False]
        assert effect.failing == errors[True, False] + errors[True, True]
        assert effect.harmed == errors[False, True]
        assert effect.passing == errors[False, True] + errors[False, False]
