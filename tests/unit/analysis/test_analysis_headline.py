"""A suite's verdict in a line."""

from __future__ import annotations

import pytest

from harness.analysis.headline import describe, describe_samples, make_headline
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from harness.verdicts.signatures import load_categories
from tests.unit.store.made_up_results import CLEAN, LEAKS, MASKED, UNNAMED

CATEGORIES = load_categories()
BODY, CLEANUP, BACKGROUND = Channel.BODY, Channel.CLEANUP, Channel.BACKGROUND


def nodeids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"test_a.py::test_it[{number}]" for number in numbers)


def found(name: str, *numbers: int, channel: Channel = BODY, role: Role = Role.ONLY, sample: str = "") -> Finding:
    return Finding(signature=name, channel=channel, role=role, tests=nodeids(*numbers), sample=sample)


def failed(kind: str, *numbers: int, channel: Channel = BODY) -> tuple[Unnamed, ...]:
    return tuple(Unnamed(channel=channel, type=kind, text="…", test=test) for test in nodeids(*numbers))


def verdict(*errors: Finding | tuple[Unnamed, ...], ending: str = "") -> Verdict:
    findings = tuple(one for one in errors if isinstance(one, Finding))
    unnamed = tuple(error for one in errors if not isinstance(one, Finding) for error in one)
    return Verdict(
        status=Status.FAILS if unnamed else Status.REPRODUCES,
        findings=tuple(sorted(findings)),
        unnamed=tuple(sorted(unnamed)),
        ending=ending,
    )


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (CLEAN, "clean"),
        (LEAKS, "leaks connection"),
        (
            verdict(
                found("loop-closed", 1, 3, 5, role=Role.SURFACE),
                found("different-loop", 1, 3, 5, role=Role.ROOT),
                failed("AssertionError", 7),
            ),
            "loop-closed←different-loop in 3 tests; AssertionError in 1 test",
        ),
        (
            verdict(found("scope-mismatch", 1), found("different-loop", 2, 3), found("no-current-loop", 4, 5, 6)),
            "no-current-loop in 3 tests, different-loop in 2 tests, scope-mismatch in 1 test",
        ),
        (
            verdict(failed("KeyError", 1), failed("some.module.Bad\x1b[31mError", 2, 3), failed("OSError", 4)),
            "BadError in 2 tests, KeyError in 1 test, 1 more",
        ),
        (
            verdict(found("loop-closed", 1, channel=CLEANUP), found("different-loop", channel=CLEANUP)),
            "loop-closed in the cleanup of 1 test, different-loop in the cleanup",
        ),
        (
            verdict(found("different-loop", 1, 2, channel=BACKGROUND), found("loop-closed", channel=BACKGROUND)),
            "different-loop in the background of 2 tests, loop-closed in the background",
        ),
    ],
)
def test_named_errors_come_first_by_number_of_tests_then_those_without_a_name(given: Verdict, text: str) -> None:
    assert make_headline(given, CATEGORIES) == text


def test_an_error_without_a_name_that_hides_a_named_one_is_joined_to_it() -> None:
    hidden = verdict(found("different-loop", 1, 2, role=Role.ROOT), failed("AssertionError", 1, 2, 3))
    assert make_headline(hidden, CATEGORIES) == "AssertionError←different-loop in 2 tests; AssertionError in 1 test"


def test_a_surface_is_joined_to_its_root_only_in_the_tests_that_met_both() -> None:
    some = verdict(
        found("loop-closed", 1, 2, role=Role.SURFACE),
        found("different-loop", 1, role=Role.ROOT),
        found("loop-closed", 3, 4),
    )
    assert make_headline(some, CATEGORIES) == "loop-closed in 3 tests, loop-closed←different-loop in 1 test"


def test_what_stopped_the_run_comes_first_whatever_else_failed() -> None:
    sample = "no test began or ended for 120 s (--limit) in call of test_a.py::test_it[7]; 13 of 80 tests did not run"
    hang = found("hang", 7, sample=sample)
    assert make_headline(verdict(hang, failed("OSError", 1, 2)), CATEGORIES) == f"hang: {sample}; OSError in 2 tests"


def test_what_pytest_ended_with_is_whole_and_no_error_besides() -> None:
    ending = "did not start: unrecognized arguments: --cov=app --cov-report=term-missing --reruns=2"
    usage = (Unnamed(channel=BODY, type="UsageError", text=ending),)
    assert make_headline(verdict(usage, ending=ending), CATEGORIES) == ending
    exit_code = (Unnamed(channel=BODY, type="exit", text="exit code 1, but no test failed"),)
    assert make_headline(verdict(exit_code), CATEGORIES) == "ended with exit code 1, but no test failed"


def test_files_that_could_not_be_collected_are_counted_as_files() -> None:
    broken = tuple(Unnamed(channel=BODY, type="ModuleNotFoundError", text="…", test=file) for file in ("a.py", "b.py"))
    assert make_headline(verdict(broken), CATEGORIES) == "ModuleNotFoundError in 2 files"


def test_only_a_suite_has_a_headline() -> None:
    assert describe("suite:mine", MASKED, CATEGORIES) == "loop-closed←different-loop in 1 test"
    assert describe("default/function/module_global/none", MASKED, CATEGORIES) == "loop-closed←different-loop"


def test_repeated_runs_carry_counts_and_each_what_became_of_its_tests() -> None:
    text = describe_samples([MASKED, CLEAN, MASKED], CATEGORIES)
    assert text == "loop-closed←different-loop in 1 test (.F.F.) 2/3 · clean (5 passed) 1/3"
    assert describe_samples([UNNAMED], CATEGORIES) == "KeyError in 1 test (F....)"
