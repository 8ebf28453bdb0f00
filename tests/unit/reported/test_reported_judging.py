"""Stated against measured, on evidence made up for the purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from harness.environments.model import EnvironmentRequest, Unresolvable
from harness.evidence.model import (
    Evidence,
    Exceeded,
    Exit,
    HandlerCall,
    Hang,
    Phase,
    Raised,
    RecordedWarning,
    Test,
    Unraisable,
)
from harness.reported.judging import (
    Judgement,
    ReportAgreement,
    is_out_of_date,
    is_unexplained,
    judge,
    make_unresolvable,
)
from harness.reported.report import Client, Error, Exactness, Report, ReportedState, Stated, Where
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    When = Literal["setup", "call", "teardown"]

CLOSED = Raised(type="RuntimeError", text="Event loop is closed", link="surface")
DIFFERENT = Raised(type="RuntimeError", text="Task <A> got Future <B> attached to a different loop", link="context")
OTHER = Raised(type="ValueError", text="no", link="surface")
IN_CALL = Error(signatures=("loop-closed",), where=(Where.CALL,))
AFTERWARDS = Error(text="RuntimeError: Event loop is closed", where=(Where.AFTERWARDS,))
PHASES: tuple[When, ...] = ("setup", "call", "teardown")


def run(name: str, failed: When | None = None, *chain: Raised) -> Test:
    """A test in which one phase failed, or none."""
    phases = [
        Phase(when=when, outcome="failed" if when == failed else "passed", chain=chain if when == failed else ())
        for when in PHASES
    ]
    return Test(id=f"test_it.py::{name}", phases=tuple(phases[:1] + phases[2:] if failed == "setup" else phases))


def evidence(*tests: Test, **more: Any) -> Evidence:
    code = 0 if all(phase.outcome == "passed" for test in tests for phase in test.phases) else 1
    return Evidence(**{"tests": tests, "finished": True, "exit": Exit(code=code), **more})


def state(outcome: Stated, pattern: str = "", measured: str = "") -> ReportedState:
    """What is `measured` is remarked on."""
    return ReportedState(
        versions={"pytest-asyncio": "0.24.0"},
        outcome=outcome,
        exactness=Exactness.STATED,
        pattern=pattern,
        remark="The fix isn't in it." if measured else "",
        measured=measured,
    )


def judged(stated: ReportedState | Stated, measured: Evidence, *errors: Error) -> Judgement:
    one = stated if isinstance(stated, ReportedState) else state(stated)
    report = Report(
        address="https://example.org/1",
        title="It fails",
        date="2024-01-01",
        summary="It fails.",
        client=Client.NONE,
        versions={"python": "3.12"},
        errors=errors or (IN_CALL,),
        states=(one,),
    )
    return judge(report, one, measured, load_signatures())


def agrees(stated: ReportedState | Stated, measured: Evidence, *errors: Error) -> bool:
    return judged(stated, measured, *errors).agreement is ReportAgreement.AGREES


def test_the_error_where_it_is_stated_agrees() -> None:
    measured = evidence(run("test_a"), run("test_b", "call", CLOSED))
    assert agrees(Stated.REPRODUCES, measured)
    assert not agrees(Stated.PASSES, measured)
    judgement = judged(Stated.REPRODUCES, measured)
    assert (judgement.measured, judgement.pattern) == (".F: loop-closed in call", ".F")


def test_the_error_anywhere_else_is_another() -> None:
    measured = evidence(run("test_a", "teardown", CLOSED))
    assert not agrees(Stated.REPRODUCES, measured)
    assert judged(Stated.REPRODUCES, measured).measured == "E: loop-closed in teardown"


def test_an_error_below_the_surface_counts() -> None:
    below = Error(signatures=("different-loop",), where=(Where.CALL,))
    assert agrees(Stated.REPRODUCES, evidence(run("test_a", "call", CLOSED, DIFFERENT)), below)


def test_of_two_errors_both_have_to_be_there() -> None:
    in_teardown = Error(signatures=("loop-closed",), where=(Where.TEARDOWN,))
    both = evidence(run("test_a", "call", CLOSED), run("test_b", "teardown", CLOSED))
    one = evidence(run("test_a", "call", CLOSED), run("test_b"))
    assert agrees(Stated.REPRODUCES, both, IN_CALL, in_teardown)
    assert not agrees(Stated.REPRODUCES, one, IN_CALL, in_teardown)
    assert not agrees(Stated.PASSES, one, IN_CALL, in_teardown)


def test_a_text_is_searched_in_type_and_message() -> None:
    text = Error(text=r"^ValueError: n", where=(Where.SETUP,))
    assert agrees(Stated.REPRODUCES, evidence(run("test_a", "setup", OTHER)), text)


def test_signature_and_text_have_to_hold_of_the_same() -> None:
    both = Error(signatures=("loop-closed",), text="attached", where=(Where.CALL,))
    assert not agrees(Stated.REPRODUCES, evidence(run("test_a", "call", CLOSED, DIFFERENT)), both)


def test_a_stated_course_has_to_be_the_measured_one() -> None:
    measured = evidence(run("test_a", "call", CLOSED), run("test_b"))
    assert agrees(state(Stated.REPRODUCES, "F."), measured)
    assert not agrees(state(Stated.REPRODUCES, ".F"), measured)


def test_passing_means_that_every_test_does() -> None:
    assert agrees(Stated.PASSES, evidence(run("test_a"), run("test_b")))
    failed = evidence(run("test_a"), run("test_b", "call", OTHER))
    assert not agrees(Stated.PASSES, failed)
    assert judged(Stated.PASSES, failed).measured == ".F: ValueError: no in call"


def test_a_suite_without_tests_does_not_pass() -> None:
    assert not agrees(Stated.PASSES, evidence(exit=Exit(code=5)))


def test_another_warning_does_not_keep_a_suite_from_passing() -> None:
    warned = RecordedWarning(category="ResourceWarning", text="unclosed Connection", when="runtest")
    assert agrees(Stated.PASSES, evidence(run("test_a"), warnings=(warned,)), AFTERWARDS)


@pytest.mark.parametrize(
    "more",
    [
        {"unraisables": (Unraisable(test="", when="session", message="", object="", chain=(CLOSED,)),)},
        {"handler_calls": (HandlerCall(loop="loop-1", test="", when="call", message="never", chain=(CLOSED,)),)},
        {
            "output_after": "Exception ignored in: <function C.__del__>\nTraceback (most recent call last):\n"
            '  File "c.py", line 1, in __del__\nRuntimeError: Event loop is closed\n'
        },
    ],
    ids=["unraisable", "handler call", "output after the session"],
)
def test_what_nobody_could_catch_is_met_afterwards(more: dict[str, Any]) -> None:
    measured = evidence(run("test_a"), **more)
    assert agrees(Stated.REPRODUCES, measured, AFTERWARDS)
    assert not agrees(Stated.PASSES, measured, AFTERWARDS)


def test_a_warning_is_met_as_one() -> None:
    warned = RecordedWarning(category="ResourceWarning", text="unclosed event loop <L>", when="runtest")
    error = Error(text="ResourceWarning: unclosed event loop", where=(Where.WARNING,))
    measured = judged(Stated.REPRODUCES, evidence(run("test_a"), warnings=(warned,)), error)
    assert measured.agreement is ReportAgreement.AGREES
    assert measured.measured == ".: unclosed-resource in a warning"


def test_a_run_that_gives_up_before_the_first_test_is_met_in_collection() -> None:
    usage = "ERROR: 'None' is not a valid asyncio_default_fixture_loop_scope. Valid scopes are: function.\n"
    error = Error(signatures=("invalid-loop-scope",), text="UsageError", where=(Where.COLLECTION,))
    measured = judged(Stated.REPRODUCES, evidence(output=usage, exit=Exit(code=4)), error)
    assert measured.agreement is ReportAgreement.AGREES
    assert measured.measured == "no tests: invalid-loop-scope in collection"


def test_what_cannot_be_relied_on_was_not_measured() -> None:
    measured = judged(Stated.PASSES, evidence(run("test_a"), infrastructure="the server doesn't answer"))
    assert measured == Judgement(agreement=ReportAgreement.FAILED, measured="the server doesn't answer")


def test_what_cannot_be_installed_was_not_measured() -> None:
    request = EnvironmentRequest(python="3.12", plugin="0.5.0")
    found = make_unresolvable(Unresolvable(request=request, id="x", reason="no wheel"))
    assert found.agreement is ReportAgreement.NOT_MEASURED
    assert found.measured == "can't be installed: no wheel"


def test_a_disagreement_is_unexplained_until_somebody_remarks_on_it() -> None:
    measured = evidence(run("test_a", "call", CLOSED))
    for stated, unexplained in (
        (state(Stated.PASSES), True),
        (state(Stated.PASSES, measured="F: loop-closed in call"), False),
        (state(Stated.REPRODUCES), False),
    ):
        assert is_unexplained(stated, judged(stated, measured)) is unexplained


@pytest.mark.parametrize(
    ("measured", "unexplained", "out_of_date"),
    [
        (evidence(run("test_a", "call", CLOSED)), False, False),
        (evidence(run("test_a", "call", OTHER)), True, True),
        (evidence(run("test_a", "setup", CLOSED)), True, True),
        (evidence(run("test_a", "call", CLOSED), run("test_b")), True, True),
        (evidence(run("test_a")), False, True),
        (evidence(run("test_a"), infrastructure="the server doesn't answer"), False, False),
    ],
    ids=["the same", "another error", "another place", "another course", "agrees now", "not measured"],
)
def test_a_remark_is_about_one_measurement_and_excuses_no_other(
    measured: Evidence, unexplained: bool, out_of_date: bool
) -> None:
    stated = state(Stated.PASSES, measured="F: loop-closed in call")
    judgement = judged(stated, measured)
    assert is_unexplained(stated, judgement) is unexplained
    assert is_out_of_date(stated, judgement) is out_of_date


def test_a_remark_on_what_agrees_stays_valid_while_it_is_measured() -> None:
    stated = state(Stated.REPRODUCES, measured="F: loop-closed in call")
    judgement = judged(stated, evidence(run("test_a", "call", CLOSED)))
    assert judgement.agreement is ReportAgreement.AGREES
    assert not is_out_of_date(stated, judgement)


ENDED_BADLY = pytest.mark.parametrize(
    ("more", "output_text"),
    [
        ({"hang": Hang(limit=30.0, test="", when="session", stacks="", tasks=""), "exit": Exit()}, "hang"),
        ({"exceeded": Exceeded(what="memory", limit=2**30, test="", when="session"), "exit": Exit()}, "memory-limit"),
        ({"exit": Exit(signal="SIGSEGV")}, "crash"),
        ({"exit": Exit(code=3)}, "exit code 3, but no test failed"),
    ],
    ids=["hang", "memory", "signal", "exit code"],
)


@ENDED_BADLY
def test_a_suite_that_was_killed_or_died_does_not_pass(more: dict[str, Any], output_text: str) -> None:
    judgement = judged(Stated.PASSES, evidence(run("test_a"), **more))
    assert judgement.agreement is ReportAgreement.DISAGREES
    assert judgement.measured.startswith(".: ")
    assert judgement.measured.endswith(output_text)


@pytest.mark.parametrize("outcome", Stated)
def test_a_hang_disagrees_whatever_was_seen_before_it(outcome: Stated) -> None:
    hang = Hang(limit=30.0, test="test_it.py::test_b", when="call", stacks="", tasks="")
    measured = evidence(run("test_a", "call", CLOSED), hang=hang, exit=Exit())
    judgement = judged(outcome, measured)
    assert judgement.agreement is ReportAgreement.DISAGREES
    assert judgement.measured == "F: loop-closed in call, hang"


def test_a_hang_that_is_stated_agrees() -> None:
    hangs = Error(signatures=("hang",), where=(Where.END,))
    hang = Hang(limit=30.0, test="test_it.py::test_a", when="call", stacks="", tasks="")
    measured = evidence(run("test_a"), hang=hang, exit=Exit())
    assert agrees(Stated.REPRODUCES, measured, hangs)
    assert not agrees(Stated.PASSES, measured, hangs)
    assert judged(Stated.REPRODUCES, measured, hangs).measured == ".: hang"
