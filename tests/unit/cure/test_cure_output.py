"""What is printed while changes are tried, and of the diffs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from harness.cure.model import Candidate, CandidateKind
from harness.cure.output import MOST_SHOWN, Display
from harness.cure.proving import CureJudgement, JudgementState
from harness.cure.search import Attempt
from harness.cure.trials import Variant
from harness.output.printing import print_diff

if TYPE_CHECKING:
    import pytest


def make_attempt(name: str, state: JudgementState) -> Attempt:
    candidate = Candidate(name=name, title=name, kind=CandidateKind.EDIT, change=lambda content: content)
    return Attempt(variant=Variant(candidates=(candidate,), content={}), judgement=CureJudgement(state=state))


def test_of_many_changes_that_do_nothing_only_some_are_printed_and_all_that_help() -> None:
    stream = io.StringIO()
    display = Display(stream)
    for number in range(MOST_SHOWN * 4):
        display.show_attempt(make_attempt(f"change {number}", JudgementState.NOTHING))
    display.show_attempt(make_attempt("the last one", JudgementState.BETTER))

    lines = stream.getvalue().splitlines()

    assert len(lines) == MOST_SHOWN + 4 + 1
    assert lines[-2].startswith(f"  {MOST_SHOWN * 4} tried so far")
    assert lines[-1] == "  helps some tests: the last one"


def test_a_diff_is_printed_with_its_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_diff("+\tawait client.ping()\n")
    assert not print_diff("+one\r\n")
    assert capsys.readouterr().out == "+\tawait client.ping()\n\n+one\\r\n\n"
