"""When a difference between two launchers is one of the launchers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.evidence.model import Evidence, Phase, Test
from harness.pipeline.disagreement import AGAIN, find_disagreement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CELL = "default/function/module_global/none"


def show(number: int, *, passed: bool = True) -> Evidence:
    """Evidence of one kind for each number."""
    phase = Phase(when="call", outcome="passed" if passed else "failed")
    return Evidence(tests=(Test(id="t.py::a", phases=(phase,)),), collected=number)


def judge(evidence: Evidence) -> str:
    return evidence.tests[0].phases[0].outcome


def repeat(shown: Iterable[Evidence]) -> Callable[[], Evidence]:
    return iter(shown).__next__


def varies(reference: list[Evidence], other: list[Evidence]) -> bool:
    """Of an observation under each launcher, and what the further runs show."""
    found = find_disagreement(CELL, reference[0], other[0], repeat(reference[1:]), repeat(other[1:]), judge=judge)
    assert found is not None
    return found.varies


def test_equal_evidence_is_no_disagreement_and_nothing_runs_again() -> None:
    assert find_disagreement(CELL, show(1), show(1), repeat(()), repeat(()), judge=judge) is None


def test_a_suite_that_shows_the_same_once_is_not_stable() -> None:
    assert varies([show(1), show(2)], [show(2), show(3)])


def test_a_suite_of_which_no_two_runs_are_alike_is_not_stable() -> None:
    assert varies([show(number) for number in range(AGAIN + 1)], [show(-1)] * (AGAIN + 1))


def test_what_one_launcher_always_shows_and_the_other_never_is_a_difference() -> None:
    assert not varies([show(1)] * (AGAIN + 1), [show(2)] * (AGAIN + 1))


@pytest.mark.parametrize("passed", [True, False])
def test_forks_that_differ_from_each_other_are_a_difference_if_the_outcome_is_another(*, passed: bool) -> None:
    forks = [show(2), show(3), *[show(4, passed=passed)] * (AGAIN - 1)]
    assert varies([show(1)] * (AGAIN + 1), forks) is passed
