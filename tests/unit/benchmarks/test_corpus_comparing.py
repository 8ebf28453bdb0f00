"""The corpus: where plain pytest and `matrix --suite` differ, test by test."""

from __future__ import annotations

import pytest

from benchmarks.corpus.comparing import count_states, find_differences, find_unstable, fold_reports
from benchmarks.corpus.model import Observed, Phases

PASSED: Phases = {"setup": "passed", "call": "passed", "teardown": "passed"}
FAILED: Phases = {**PASSED, "call": "failed"}


def observe(code: int | None = 0, not_collected: tuple[str, ...] = (), **tests: Phases) -> Observed:
    return Observed(tests=tests, code=code, not_collected=not_collected)


def test_sides_that_say_the_same_in_another_order_do_not_differ() -> None:
    assert not find_differences([observe(a=PASSED, b=FAILED)], [observe(b=FAILED, a=PASSED)])


@pytest.mark.parametrize(
    ("ours", "place"),
    [
        (observe(a={**PASSED, "teardown": "failed"}), "a"),
        (observe(), "a"),
        (observe(a=PASSED, b=PASSED), "b"),
        (observe(code=1, a=PASSED), "the end of the run"),
        (observe(code=None, a=PASSED), "the end of the run"),
        (observe(a=PASSED, not_collected=("test_b.py",)), "collection of test_b.py"),
    ],
)
def test_a_phase_a_test_a_file_and_the_exit_code_are_each_compared(ours: Observed, place: str) -> None:
    (difference,) = find_differences([observe(a=PASSED)], [ours])
    assert difference.place == place


def test_a_test_that_varies_under_plain_pytest_is_unstable_and_no_difference() -> None:
    plain, ours = [observe(a=PASSED, b=PASSED), observe(a=FAILED, b=PASSED)], [observe(a=PASSED, b=PASSED)] * 2
    (unstable,) = find_unstable(plain, ours)
    assert unstable.place == "a"
    assert unstable.plain.count("1 ×") == 2
    assert not find_differences(plain, ours)


def test_a_test_that_varies_and_never_agrees_is_a_difference() -> None:
    ours = [observe(), observe(a=FAILED)]
    assert [each.place for each in find_differences([observe(a=PASSED)] * 2, ours)] == ["a"]
    assert not find_unstable([observe(a=PASSED)] * 2, ours)


def test_of_a_test_that_was_run_again_the_last_attempt_counts() -> None:
    first = [("a", "setup", "passed"), ("a", "call", "rerun")]
    second = [("a", when, "passed") for when in PASSED]
    assert fold_reports([*first, *second]) == {"a": PASSED}


def test_of_the_subtests_of_a_test_a_failed_one_counts() -> None:
    reports = [("a", "setup", "passed"), ("a", "call", "failed"), ("a", "call", "passed"), ("a", "teardown", "passed")]
    assert fold_reports(reports) == {"a": FAILED}


def test_tests_are_counted_as_in_the_last_line_of_pytest() -> None:
    skipped: Phases = {"setup": "skipped", "teardown": "passed"}
    error: Phases = {"setup": "failed", "teardown": "passed"}
    observed = observe(a=PASSED, b=FAILED, c=skipped, d=error, e=PASSED, not_collected=("test_f.py",))
    assert count_states(observed) == "1 failed, 1 error, 2 passed, 1 skipped, 1 not collected"


def test_a_run_of_no_tests_shows_how_it_ended() -> None:
    assert count_states(observe(code=4)) == "exit code 4"
