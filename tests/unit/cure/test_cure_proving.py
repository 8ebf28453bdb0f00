"""A change cures if every test that failed of a loop error passes, no other test changes, and nothing new is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.cure.proving import CureJudgement, JudgementState, OriginalRuns, SeenRun, SeenTest, judge, judge_all

if TYPE_CHECKING:
    from collections.abc import Mapping

ERROR = "failed: different-loop"
OTHER = "failed: AssertionError"


def see(*errors: str, left: tuple[str, ...] = (), ending: str = "", unnamed: str = "", **tests: str) -> SeenRun:
    """A run; `errors` are those in no test."""
    seen = {
        name: SeenTest(
            text=text,
            kind=text,
            errors=frozenset({"different-loop"} if "different-loop" in text else ()),
            is_file=name.startswith("file"),
        )
        for name, text in tests.items()
    }
    return SeenRun(
        tests=seen,
        errors=frozenset({*errors, *(error for one in seen.values() for error in one.errors)}),
        unnamed=frozenset(filter(None, [unnamed])),
        left=frozenset(left),
        label="different-loop",
        ending=ending,
    )


BEFORE = OriginalRuns(
    runs=[
        see(a="passed", b=ERROR, c=OTHER, left=("leaked-connection",), unnamed="OSError: x"),
        see(a="passed", b="passed", c=OTHER, left=("leaked-connection",)),
    ]
)


@pytest.mark.parametrize(
    ("after", "state", "reason"),
    [
        (see(a="passed", b="passed", c=OTHER), JudgementState.CURES, ""),
        (see(a="passed", b="passed", c="passed", left=("leaked-connection",)), JudgementState.CURES, ""),
        (see(a="passed", b="passed", c=OTHER, unnamed="OSError: x"), JudgementState.CURES, ""),
        (
            see(a="passed", b=ERROR, c=OTHER),
            JudgementState.NOTHING,
            "still different-loop in 1 test",
        ),
        (
            see("loop-closed", a="passed", b="passed", c=OTHER),
            JudgementState.BETTER,
            "still different-loop outside of tests",
        ),
        (
            see(a="skipped", b="passed", c=OTHER),
            JudgementState.BREAKS,
            "a: passed before, now skipped",
        ),
        (see(b="passed", c=OTHER), JudgementState.BREAKS, "a: passed before, now not run"),
        (
            see(a="failed: x", b="passed", c="failed: y"),
            JudgementState.BREAKS,
            "a: passed before, now failed: x, and 1 other test changed",
        ),
        (
            see(a="passed", b="failed: KeyError", c=OTHER),
            JudgementState.BREAKS,
            "b: failed: KeyError",
        ),
        (see(a="passed", c=OTHER), JudgementState.BREAKS, "b: not run any more"),
        (see(a="passed", b="passed", c=OTHER, d="failed: z"), JudgementState.BREAKS, "d: not there"),
        (see(a="passed", b="passed", c=OTHER, d="passed"), JudgementState.CURES, ""),
        (
            see(a="passed", b="passed", c=OTHER, left=("leaked-loop", "leaked-connection")),
            JudgementState.LEAVES,
            "leaked-loop",
        ),
        (
            see(a="passed", b="passed", c=OTHER, unnamed="OSError: y"),
            JudgementState.BREAKS,
            "OSError: y",
        ),
        (
            see(a="passed", b="passed", c=OTHER, ending="ended with exit code 1: coverage"),
            JudgementState.BREAKS,
            "coverage",
        ),
        (SeenRun(reason="can't be resolved"), JudgementState.UNMEASURED, "can't be resolved"),
    ],
)
def test_what_a_change_does(after: SeenRun, state: JudgementState, reason: str) -> None:
    judged = judge(BEFORE, after)
    assert judged.state is state
    assert reason in judged.reason


def test_the_worst_of_several_runs_counts() -> None:
    good, bad = see(a="passed", b="passed", c=OTHER), see(a="passed", b=ERROR, c="passed")
    assert judge_all(BEFORE, [good, good]).state is JudgementState.CURES
    assert judge_all(BEFORE, [good, bad]).state is JudgementState.NOTHING


def test_a_test_that_failed_of_something_else_may_pass_and_is_counted() -> None:
    assert judge(BEFORE, see(a="passed", b="passed", c="passed")) == CureJudgement(
        state=JudgementState.CURES, fixed=1, repaired=1
    )


def test_a_file_that_could_not_be_collected_is_cured_when_its_tests_run() -> None:
    before = OriginalRuns(runs=[see(a="passed", file_b="RuntimeError: different-loop")])
    assert judge(before, see(a="passed", b="passed")).state is JudgementState.CURES
    assert judge(before, see(a="passed", b="failed: x")).state is JudgementState.BREAKS
    assert judge(before, see(a="passed", file_b="KeyError")).state is JudgementState.BREAKS


def test_the_rarer_the_error_the_more_runs_prove_a_cure() -> None:
    hit, miss = see(a=ERROR), see(a="passed")
    assert OriginalRuns(runs=[hit, hit]).count_proof_runs(3) == 3
    assert OriginalRuns(runs=[hit, miss]).count_proof_runs(3) == 9
    assert OriginalRuns(runs=[hit, *[miss] * 7]).count_proof_runs(3) == 30
    assert OriginalRuns(runs=[hit, *[miss] * 99]).count_proof_runs(3) == 30
    assert OriginalRuns(runs=[hit, miss]).is_flaky
    assert not OriginalRuns(runs=[hit, hit]).is_flaky
    assert not OriginalRuns(runs=[miss, miss]).is_flaky


def test_tests_without_the_parameter_of_another_test_are_not_missing() -> None:
    kept = {"test_async[a]": "passed", "test_async[b]": "passed"}
    lost = {f"{name}[{loop}]": text for loop in "ab" for name, text in (("test_sync", ERROR), ("test_fine", "passed"))}
    before = OriginalRuns(runs=[see_tests({**kept, **lost})])

    judged = judge(before, see_tests({**kept, "test_sync": "passed", "test_fine": "passed"}))

    assert judged == CureJudgement(state=JudgementState.CURES, fixed=2, merged=2)
    for after in (
        {**kept, "test_sync": "passed"},
        {**kept, "test_sync": "passed", "test_fine": OTHER},
        {"test_async": "passed", "test_sync": "passed", "test_fine": "passed"},
    ):
        assert judge(before, see_tests(after)).state is JudgementState.BREAKS


def see_tests(tests: Mapping[str, str]) -> SeenRun:
    return see(**tests)  # type: ignore[arg-type]


def test_a_test_that_fails_now_and_then_of_something_else_is_not_called_repaired() -> None:
    before = OriginalRuns(runs=[see(a=ERROR, b=OTHER, c=OTHER), see(a=ERROR, b="passed", c=OTHER)])

    assert judge(before, see(a="passed", b="passed", c="passed")).repaired == 1


def test_another_test_of_a_flaky_suite_that_fails_of_a_loop_error_shows_that_nothing_is_cured() -> None:
    before = OriginalRuns(runs=[see(a=ERROR, b="passed"), see(a="passed", b="passed")])

    judged = judge(before, see(a=ERROR, b=ERROR))

    assert (judged.state, judged.reason) == (JudgementState.NOTHING, "still different-loop in 2 tests")


CONFTEST_FAILS = {"one": "error in setup: different-loop", "two": "passed"}


@pytest.mark.parametrize(
    ("before", "leaks", "state", "unseen"),
    [
        ([CONFTEST_FAILS] * 2, {"leaked-keys": ()}, JudgementState.CURES, ("leaked-keys",)),
        ([{"one": ERROR, "two": "passed"}], {"leaked-keys": ()}, JudgementState.CURES, ("leaked-keys",)),
        ([CONFTEST_FAILS, {"one": "passed", "two": "passed"}], {"leaked-keys": ()}, JudgementState.LEAVES, ()),
        ([{"one": "error in teardown: different-loop"}], {"leaked-keys": ()}, JudgementState.LEAVES, ()),
        ([CONFTEST_FAILS], {"leaked-connection": ("one",)}, JudgementState.CURES, ("leaked-connection",)),
        ([CONFTEST_FAILS], {"leaked-connection": ("one", "two")}, JudgementState.LEAVES, ()),
        ([CONFTEST_FAILS], {"leaked-task": ()}, JudgementState.LEAVES, ()),
        ([{"two": "passed", "file": ERROR}], {"leaked-loop": ("file::one",)}, JudgementState.CURES, ("leaked-loop",)),
        ([CONFTEST_FAILS], {"leaked-keys": (), "leaked-loop": ("two",)}, JudgementState.LEAVES, ()),
    ],
)
def test_what_no_run_came_far_enough_to_leave_is_no_reason_against_a_cure(
    before: list[dict[str, str]], leaks: dict[str, tuple[str, ...]], state: JudgementState, unseen: tuple[str, ...]
) -> None:
    names = {name for run in before for name in run} - {"file"}
    cured = replace(
        see_tests(dict.fromkeys(names, "passed")),
        left=frozenset(leaks),
        leaks={leak: frozenset(tests) for leak, tests in leaks.items()},
    )

    baseline = OriginalRuns(runs=[see_tests(run) for run in before])

    judged = judge(baseline, cured)

    assert judged.state is state
    assert judged.unseen == unseen
    assert judge_all(baseline, [replace(cured, left=frozenset()), cured]) == judged
