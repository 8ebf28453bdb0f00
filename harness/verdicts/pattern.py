"""A suite's course at a glance: one letter a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from harness.evidence.model import Evidence, Phase, Test


def make_pattern(evidence: Evidence) -> str:
    """A letter for each test in order; `Verdict.pattern` lists them."""
    return "".join(_choose_letter(test, ended=evidence.finished) for test in evidence.tests)


def _choose_letter(test: Test, *, ended: bool) -> str:
    """The worst phase's letter; of a failed call and a failed teardown, the call's."""
    letters = [choose_phase_letter(phase) for phase in test.phases]
    for letter in "FExXs":
        if letter in letters:
            return letter
    whole = bool(test.phases) and (ended or test.phases[-1].when == "teardown")
    return "." if whole else "?"


def choose_phase_letter(phase: Phase) -> str:
    """What one phase comes to."""
    match phase.outcome:
        case "passed":
            return "."
        case "failed":
            return "F" if phase.when == "call" else "E"
        case "xfailed":
            return "x"
        case "xpassed":
            return "X"
        case "skipped":
            return "s"
        case _:
            assert_never(phase.outcome)
