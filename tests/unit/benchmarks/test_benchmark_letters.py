"""What a suite did, read in two ways."""

from __future__ import annotations

from typing import Literal

import pytest

from benchmarks.model import OutcomeLetters
from benchmarks.outcome_letters import read_observed, read_printed
from harness.evidence.model import Evidence, Exit, Phase, Test

Result = Literal["passed", "failed", "skipped", "xfailed", "xpassed"]


def ran(*results: Result) -> Test:
    """A test with as many phases as there are results; of two, the setup and the teardown."""
    whens: tuple[Literal["setup", "call", "teardown"], ...] = ("setup", "call", "teardown")
    chosen = whens if len(results) == 3 else (whens[0], whens[2])
    phases = tuple(Phase(when=when, outcome=result) for when, result in zip(chosen, results, strict=True))
    return Test(id="test_made_up", phases=phases)


@pytest.mark.parametrize(
    ("test", "letters"),
    [
        (ran("passed", "passed", "passed"), "."),
        (ran("passed", "failed", "passed"), "F"),
        (ran("passed", "failed", "failed"), "FE"),
        (ran("passed", "passed", "failed"), ".E"),
        (ran("failed", "passed"), "E"),
        (ran("failed", "failed"), "EE"),
        (ran("skipped", "passed"), "s"),
        (ran("passed", "xfailed", "passed"), "x"),
        (ran("passed", "xpassed", "passed"), "X"),
    ],
)
def test_a_test_has_the_letters_that_pytest_prints_for_it(test: Test, letters: str) -> None:
    assert read_observed(Evidence(tests=(test, test), exit=Exit(code=1))) == OutcomeLetters(
        letters=letters * 2, exit_code=1
    )


def test_pytest_is_taken_at_its_progress_line() -> None:
    output = ".F.FE                          [100%]\n====== FAILURES ======\n.F. [ 50%] or so\n"
    assert read_printed(Evidence(output=output, exit=Exit(code=1))) == OutcomeLetters(letters=".F.FE", exit_code=1)


def test_a_progress_line_that_was_broken_is_joined() -> None:
    output = "...... [ 50%]\n..F... [100%]\n"
    assert read_printed(Evidence(output=output, exit=Exit(code=1))).letters == "........F..."


def test_a_process_that_was_killed_has_no_exit_code_of_its_own() -> None:
    assert read_printed(Evidence(exit=Exit(signal="SIGSEGV"))) == OutcomeLetters(letters="", exit_code=-1)
    assert str(OutcomeLetters(letters="", exit_code=-1)) == "no test, exit code -1"
