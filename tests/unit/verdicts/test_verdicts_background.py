"""Errors that reach no test: what ended a thread, and what was logged."""

from __future__ import annotations

from typing import Literal

from harness.evidence.model import BackgroundError, Evidence, Exit, Phase, Raised, Test
from harness.verdicts.classify import classify
from harness.verdicts.model import Channel, Status, Verdict
from harness.verdicts.signatures import load_signatures

CLOSED = Raised(type="RuntimeError", text="Event loop is closed", link="surface")
MINE = Raised(type="KeyError", text="'mine'", link="surface")
PRINTED = """Exception in thread Thread-1 (answer):
Traceback (most recent call last):
  File "threading.py", line 1073, in _bootstrap_inner
    self.run()
  File "asyncio/base_events.py", line 541, in _check_closed
    raise RuntimeError('Event loop is closed')
RuntimeError: Event loop is closed
"""


def met(source: Literal["thread", "log"], *chain: Raised, test: str = "t.py::a") -> BackgroundError:
    return BackgroundError(source=source, owner="x", test=test, when="call", chain=chain)


def ran(*chain: Raised, name: str = "t.py::a") -> Test:
    call = Phase(when="call", outcome="failed" if chain else "passed", chain=chain)
    return Test(id=name, phases=(Phase(when="setup", outcome="passed"), call, Phase(when="teardown", outcome="passed")))


def judge(*background: BackgroundError, tests: tuple[Test, ...] = (ran(),), printed: str = "") -> Verdict:
    code = int(any(phase.outcome == "failed" for test in tests for phase in test.phases))
    return classify(
        Evidence(tests=tests, background=background, exit=Exit(code=code), finished=True, output_after=printed),
        load_signatures(),
    )


def list_found(verdict: Verdict) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.signature, one.channel.value, one.tests) for one in verdict.findings]


def test_a_loop_error_that_ended_a_thread_is_named_and_no_test_fails() -> None:
    verdict = judge(met("thread", CLOSED))
    assert (verdict.status, verdict.pattern) == (Status.REPRODUCES, ".")
    assert list_found(verdict) == [("loop-closed", "background", ())]


def test_which_test_runs_when_a_thread_ends_is_chance_and_makes_no_difference() -> None:
    assert judge(met("thread", CLOSED, test="t.py::a")) == judge(met("thread", CLOSED, test="t.py::b"))


def test_a_logged_loop_error_is_named_with_the_test_that_ran_and_with_what_it_hides() -> None:
    root = Raised(type="RuntimeError", text="Task got Future attached to a different loop", link="context")
    verdict = judge(met("log", CLOSED, root))
    assert verdict.status is Status.REPRODUCES
    assert [(one.signature, one.role.value, one.tests) for one in verdict.findings] == [
        ("different-loop", "root", ("t.py::a",)),
        ("loop-closed", "surface", ("t.py::a",)),
    ]


def test_the_reason_of_a_failed_assertion_is_found_in_the_log() -> None:
    failed = ran(Raised(type="AssertionError", text="assert 500 == 200", link="surface"))
    verdict = judge(met("log", CLOSED), tests=(failed,))
    assert verdict.status is Status.FAILS
    assert list_found(verdict) == [("loop-closed", "background", ("t.py::a",))]


def test_what_a_test_failed_of_was_not_in_the_background() -> None:
    verdict = judge(met("log", CLOSED), met("thread", CLOSED), tests=(ran(CLOSED),))
    assert list_found(verdict) == [("loop-closed", "body", ("t.py::a",))]


def test_another_tests_failure_does_not_answer_for_a_logged_error() -> None:
    verdict = judge(met("log", CLOSED), tests=(ran(), ran(CLOSED, name="t.py::b")))
    assert ("loop-closed", "background", ("t.py::a",)) in list_found(verdict)


def test_a_logged_error_that_no_signature_names_is_the_programs_own_affair() -> None:
    assert judge(met("log", MINE)) == Verdict(status=Status.CLEAN, pattern=".")


def test_a_thread_that_ends_with_an_error_that_no_signature_names_is_a_warning() -> None:
    verdict = judge(met("thread", MINE))
    assert verdict.status is Status.WARNS
    assert [(one.channel, one.type, one.text) for one in verdict.unnamed] == [
        (Channel.BACKGROUND, "KeyError", "'mine'")
    ]


def test_a_logged_warning_is_no_finding() -> None:
    warned = Raised(type="DeprecationWarning", text="There is no current event loop", link="surface")
    assert judge(met("log", warned)).status is Status.CLEAN


def test_what_a_thread_prints_after_the_session_is_met_once() -> None:
    assert list_found(judge(met("thread", CLOSED), printed=PRINTED)) == [("loop-closed", "background", ())]
    assert list_found(judge(printed=PRINTED)) == [("loop-closed", "background", ())]
