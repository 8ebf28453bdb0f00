"""What changed from one environment to the next, with the numbers of `compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import find_values, load_catalogue
from harness.compare.comparing import Comparer, select_measured
from harness.compare.model import ChangeKind
from harness.compare.sides import Versions
from harness.environments.identity import PLUGIN
from harness.report.data import make_signatures
from harness.report.measured import select_measured_outcomes
from harness.report.steps import list_pairs, make_steps
from harness.report.verdicts import VerdictTable
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_categories
from tests.browser.pages import read_some
from tests.unit.report.page_data import measure_some
from tests.unit.store.made_up_results import (
    CLEAN,
    DIFFERENT,
    LEAKS,
    MASKED,
    REMOVED,
    environment,
    only,
    outcome,
    run_of,
)

if TYPE_CHECKING:
    from harness.environments.model import Environment
    from harness.report.measured import Measured
    from harness.report.model import PageStep

CELL = "default/session/async_fixture/aclose"
ARGUMENT = "default/{}/loop_argument/aclose"
SCOPES = ("function", "class", "module", "session")
OLD, NEW = environment("0.26.0"), environment("1.0.0")


def find_steps(measured: Measured) -> tuple[PageStep, ...]:
    table = VerdictTable(make_signatures(), load_categories())
    return make_steps(measured, load_catalogue(), table.number)


def measure(*found: tuple[Environment, dict[str, Verdict]]) -> Measured:
    return select_measured_outcomes(Results(runs=tuple(run_of(verdicts, where) for where, verdicts in found)))


def change_one(before: Verdict, after: Verdict, *cells: str) -> str:
    """The sentence about cells that all showed one thing and then another."""
    chosen = cells or (CELL,)
    (step,) = find_steps(measure((OLD, dict.fromkeys(chosen, before)), (NEW, dict.fromkeys(chosen, after))))
    (change,) = step.changes
    return change.sentence


def test_the_numbers_are_those_that_compare_prints() -> None:
    measured = measure_some()
    steps = [one for one in find_steps(measured) if one.dimension == PLUGIN]
    assert len(steps) > 2
    for step in steps:
        sides = [
            Versions(((PLUGIN, measured.environments[place].plugin), ("python", "3.13")))
            for place in (step.before, step.after)
        ]
        found = [select_measured(read_some(), side) for side in sides]
        compared = Comparer(load_categories(), find_values).compare((sides[0], sides[1]), (found[0], found[1]))
        (pair,) = compared.pairs
        assert step.counts == {kind.value: number for kind, number in pair.counts if number}
        assert sum(len(one.cells) for one in step.changes) == len(pair.changes)
        assert {measured.cells[cell] for one in step.changes for cell in one.cells} == {it.cell for it in pair.changes}


def test_a_sample_that_was_not_measured_hides_none_that_was() -> None:
    lost = Verdict(status=Status.INFRASTRUCTURE, reason="the server ended")
    samples = [outcome(CELL, verdict, sample=place) for place, verdict in enumerate((CLEAN, lost, MASKED))]
    run = msgspec.structs.replace(run_of({}), outcomes=tuple(samples))
    (found,) = select_measured_outcomes(Results(runs=(run,))).outcomes
    assert [one.verdict for one in found[CELL]] == [MASKED, CLEAN, lost]


def test_what_cells_have_in_common_is_the_selection_that_selects_them() -> None:
    wanted = {ARGUMENT.format(scope): MASKED for scope in SCOPES}
    others = {CELL: CLEAN, "default/function/async_fixture/aclose": CLEAN}
    (step,) = find_steps(measure((OLD, dict.fromkeys(wanted, CLEAN) | others), (NEW, wanted | others)))
    (change,) = step.changes
    assert change.query == "creation_site=loop_argument"
    assert change.where == "the client is made with the loop as an argument"
    assert len(change.cells) == len(SCOPES)
    assert step.counts == {"same": 2, "appeared": 4}


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (CLEAN, MASKED, "1 cell now shows loop-closed←different-loop (before: clean)."),
        (MASKED, CLEAN, "1 cell no longer shows loop-closed←different-loop (now: clean)."),
        (LEAKS, MASKED, "1 cell now shows loop-closed←different-loop (before: leaks connection)."),
        (CLEAN, LEAKS, "1 cell now leaks connection (before: clean)."),
        (REMOVED, CLEAN, "1 cell is now clean (before: not expressible)."),
        (
            DIFFERENT,
            REMOVED,
            "1 cell now can't be written down: event_loop was removed in pytest-asyncio 1.0 (before: different-loop).",
        ),
        (
            MASKED,
            msgspec.structs.replace(MASKED, findings=(*MASKED.findings, only("no-current-loop"))),
            "1 cell now shows loop-closed←different-loop, no-current-loop (before: loop-closed←different-loop).",
        ),
        (
            DIFFERENT,
            msgspec.structs.replace(DIFFERENT, pattern=".F.F."),
            "1 cell still shows different-loop, in other tests.",
        ),
    ],
)
def test_a_change_is_a_sentence(before: Verdict, after: Verdict, sentence: str) -> None:
    found = change_one(before, after)
    assert found == sentence


def test_several_cells_are_counted_in_the_plural() -> None:
    cells = tuple(ARGUMENT.format(scope) for scope in SCOPES)
    assert change_one(CLEAN, LEAKS, *cells) == "4 cells now leak connection (before: clean)."


def test_releases_follow_each_other_on_the_main_python_and_others_are_compared_within_a_release() -> None:
    pinned = msgspec.structs.replace(environment("1.0.0", pytest="7.4.4"), id=f"{NEW.id}/pytest-7.4.4")
    client = msgspec.structs.replace(NEW, digest="another", client_version="6.0.0", id=NEW.id.replace("6.2.0", "6.0.0"))
    elsewhere = environment("1.0.0", "3.12.0")
    found = [(one, {CELL: CLEAN}) for one in (NEW, OLD, environment("1.5.0"), pinned, client, elsewhere)]
    pairs = [
        (dimension, (pair.before and pair.before.id), (pair.after and pair.after.id))
        for dimension, pair in list_pairs(measure(*found))
    ]
    assert pairs == [
        (PLUGIN, OLD.id, NEW.id),
        (PLUGIN, NEW.id, environment("1.5.0").id),
        ("python", elsewhere.id, NEW.id),
        ("client", client.id, NEW.id),
        ("pytest", pinned.id, NEW.id),
    ]


def test_an_environment_in_which_only_suites_ran_is_no_step() -> None:
    found = measure((OLD, {CELL: CLEAN}), (environment("0.27.0"), {"suite:mine": DIFFERENT}), (NEW, {CELL: CLEAN}))
    (step,) = find_steps(found)
    assert [found.environments[place].plugin for place in (step.before, step.after)] == ["0.26.0", "1.0.0"]
    assert step.counts == {ChangeKind.SAME.value: 1}
    assert step.changes == ()
