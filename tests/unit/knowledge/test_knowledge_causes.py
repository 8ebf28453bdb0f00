"""Causes that are planted among made-up outcomes are found again, and so are some in the committed baseline."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import find_values, load_catalogue
from harness.knowledge.causes import CauseRule, describe_conditions, find_causes
from harness.knowledge.outcomes import Outcomes
from harness.knowledge.rule_search import PURE
from harness.paths import find_baseline
from harness.store.model import Results
from harness.verdicts.model import Status
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, REMOVED, environment, run_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.verdicts.model import Verdict

WIDER = ("class", "module", "package", "session")
CELLS = [
    f"default/{scope}/{site}/{cleanup}{loop}"
    for scope, site, cleanup, loop in product(
        ("function", *WIDER),
        ("module_global", "sync_fixture", "async_fixture", "loop_argument"),
        ("none", "aclose", "close"),
        ("", "@loop_scope=session"),
    )
]


def planted(cell: str) -> bool:
    values = find_values(cell)
    wide = values["fixture_scope"] != "function" and values["loop_scope"] == "unset"
    return wide and values["creation_site"] != "loop_argument"


def measured(judge: Callable[[str], Verdict], *plugins: str) -> Outcomes:
    runs = [run_of({cell: judge(cell) for cell in CELLS}, environment(plugin)) for plugin in plugins]
    return Outcomes(Results(runs=tuple(runs), broken=()))


def show_planted(cell: str) -> Verdict:
    return DIFFERENT if planted(cell) else CLEAN


def test_one_rule_says_what_was_planted_with_all_that_shows_it() -> None:
    found = measured(show_planted, "1.5.0")
    causes = find_causes(found, "different-loop", found.environments)
    (rule,) = causes.rules
    assert dict(rule.conditions)["fixture_scope"] == tuple(sorted(WIDER))
    assert dict(rule.conditions)["loop_scope"] == ("unset",)
    assert "loop_argument" not in dict(rule.conditions)["creation_site"]
    assert rule.support == rule.meeting == causes.shown == sum(map(planted, CELLS))
    assert (causes.uncovered, rule.counter_examples) == (0, ())


def test_a_cell_that_meets_the_rule_and_passes_is_a_counter_example() -> None:
    exception = "default/session/async_fixture/close"
    found = measured(lambda cell: CLEAN if cell == exception else show_planted(cell), "1.5.0")
    (rule,) = find_causes(found, "different-loop", found.environments).rules
    assert rule.meeting == rule.support + 1
    assert rule.counter_examples == (exception,)


def test_what_no_rule_covers_is_counted() -> None:
    single = "default/function/loop_argument/none@loop_scope=session"
    found = measured(lambda cell: DIFFERENT if cell == single else show_planted(cell), "1.5.0")
    causes = find_causes(found, "different-loop", found.environments)
    assert (causes.uncovered, causes.uncovered_examples) == (1, (single,))


def test_a_rule_names_the_releases_on_which_it_holds_and_where_it_does_not() -> None:
    holds, fails = environment("1.5.0"), environment("0.21.2")
    runs = (
        run_of({cell: show_planted(cell) for cell in CELLS}, holds),
        run_of(dict.fromkeys(CELLS, CLEAN), fails),
    )
    found = Outcomes(Results(runs=runs, broken=()))
    (rule,) = find_causes(found, "different-loop", found.environments).rules
    assert (rule.releases, rule.fails_on) == (("1.5.0",), ("0.21.2",))
    assert rule.support == sum(map(planted, CELLS))


def test_cells_that_can_not_be_expressed_are_no_counter_examples() -> None:
    found = measured(lambda cell: REMOVED if cell.endswith("close@loop_scope=session") else show_planted(cell), "1.5.0")
    causes = find_causes(found, "different-loop", found.environments)
    assert causes.measured == sum(not cell.endswith("close@loop_scope=session") for cell in CELLS)
    assert causes.uncovered == 0


def test_a_signature_that_nothing_shows_has_no_causes() -> None:
    found = measured(show_planted, "1.5.0")
    causes = find_causes(found, "proactor-none-send", [*found.environments, "no such environment"])
    assert (causes.rules, causes.shown, causes.releases) == ((), 0, ())


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        (
            (("loop_policy", ("debug", "default", "windows_proactor", "windows_selector")),),
            "The loops are asyncio's and no fixture or hook chooses them.",
        ),
        (
            (("fixture_scope", WIDER), ("loop_scope", ("mixed", "unset"))),
            "The client's fixture is wider than one test, and no loop scope is set for the tests.",
        ),
        ((("creation_site", ("loop_argument",)),), "The client is made with the loop as an argument."),
        (
            (("creation_site", ("inside_test", "sync_fixture", "async_fixture")), ("asyncio_mode", ("auto",))),
            "The client is made in a sync fixture, in an async fixture or in the test itself, and the mode is auto.",
        ),
        (
            (
                (
                    "loop_policy",
                    ("debug", "default", "event_loop_override", "factory_choice", "loop_factories", "policy_fixture"),
                ),
            ),
            "Always, unless conftest has uvloop, the guarded Proactor policy or the guarded selector policy.",
        ),
    ],
)
def test_conditions_are_plain_sentences(conditions: tuple[tuple[str, tuple[str, ...]], ...], sentence: str) -> None:
    rule = CauseRule(conditions=conditions, support=2, meeting=2, covers=2, releases=("1.5.0",))
    assert describe_conditions(rule, load_catalogue()) == sentence


def test_every_value_and_group_of_the_catalogue_can_be_put_into_words() -> None:
    for name, axis in load_catalogue().axes.items():
        assert axis.axis.clause.count("{}") == 1, name
        for group in axis.axis.groups:
            assert set(group.values) <= axis.values.keys(), name


@cache
def committed(place: Path) -> Outcomes:
    return Outcomes.read(place / "none of one's own", place)


def test_in_the_baseline_event_loop_is_missing_since_1_0_where_it_is_asked_for() -> None:
    found = committed(find_baseline())
    causes = find_causes(found, "event-loop-fixture-missing", found.environments)
    (rule,) = causes.rules
    assert causes.shown == rule.support >= PURE * rule.meeting
    assert dict(rule.conditions)["creation_site"] == ("event_loop_fixture",)
    assert rule.releases[0] == "1.0.0"
    assert "0.26.0" in rule.fails_on


@pytest.mark.parametrize("plugin", ["0.21.2", "0.24.0", "1.5.0"])
@pytest.mark.parametrize("signature", ["loop-closed", "different-loop"])
def test_in_the_baseline_rules_are_short_and_cover_most(plugin: str, signature: str) -> None:
    found = committed(find_baseline())
    key = next(key for key, one in found.environments.items() if (one.plugin, one.python_minor) == (plugin, "3.12"))
    causes = find_causes(found, signature, [key])
    for rule in causes.rules:
        sentence = describe_conditions(rule, load_catalogue())
        assert len(rule.conditions) <= 3, sentence
        assert sentence.count("unless") <= 1, sentence
        assert rule.support >= PURE * rule.meeting, sentence
        axes = load_catalogue().axes
        _, _, excepted = sentence.partition("unless")
        phrases = [named.value.phrase or name for axis in axes.values() for name, named in axis.values.items()]
        assert sum(phrase in excepted for phrase in phrases) <= 4, sentence
    assert causes.uncovered < causes.shown / 2


def test_the_counts_of_rules_are_those_of_the_cells_that_meet_them() -> None:
    found = committed(find_baseline())
    key = next(key for key, one in found.environments.items() if one.plugin == "1.5.0")
    for rule in find_causes(found, "loop-closed", [key]).rules:
        ran = {
            cell: one.verdict
            for cell, one in found.outcomes(key).items()
            if one.verdict.status is not Status.NOT_APPLICABLE
        }
        meeting = [
            verdict
            for cell, verdict in ran.items()
            if all(find_values(cell)[axis] in values for axis, values in rule.conditions)
        ]
        showing = [one for one in meeting if any(each.signature == "loop-closed" for each in one.findings)]
        assert (rule.support, rule.meeting) == (len(showing), len(meeting))
