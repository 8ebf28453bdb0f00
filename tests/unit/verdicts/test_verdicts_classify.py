from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.model import (
    Connection,
    Evidence,
    Exit,
    HandlerCall,
    Hang,
    Loop,
    Moment,
    Phase,
    Problem,
    Raised,
    RecordedWarning,
    ServerView,
    SkippedFile,
    Test,
    Unraisable,
    Use,
    When,
)
from harness.verdicts.classify import classify
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    import random

Link = Literal["surface", "cause", "context", "member"]
Outcome = Literal["passed", "failed", "skipped", "xfailed", "xpassed"]

DIFFERENT = "Task <Task pending name='Task-4'> got Future <Future pending> attached to a different loop"


def raised(text: str, link: Link = "surface", kind: str = "RuntimeError", origin: str = "") -> Raised:
    return Raised(type=kind, text=text, link=link, origin=origin)


def ran(
    name: str, *chain: Raised, when: Literal["setup", "call", "teardown"] = "call", how: Outcome = "failed"
) -> Test:
    """A test whose phases pass, except that the one named ends as given when there is a chain."""
    phases = [Phase(when=phase, outcome="passed") for phase in ("setup", "call", "teardown")]
    if chain:
        position = ("setup", "call", "teardown").index(when)
        phases[position] = Phase(when=when, outcome=how, chain=chain)
        if when == "setup":
            del phases[1]
    return Test(id=name, phases=tuple(phases))


def moment(at: str = "conftest.py:7 in client", test: str = "t.py::a", when: When = "setup") -> Moment:
    return Moment(test=test, when=when, at=at)


def evidence(*tests: Test, code: int | None = None, **more: object) -> Evidence:
    failed = any(phase.outcome == "failed" for test in tests for phase in test.phases)
    base = Evidence(tests=tests, finished=True, exit=Exit(code=int(failed) if code is None else code))
    return Evidence(**{**{name: getattr(base, name) for name in base.__struct_fields__}, **more})


def judged(*tests: Test, code: int | None = None, **more: object) -> Verdict:
    return classify(evidence(*tests, code=code, **more), load_signatures())


def list_findings(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(finding.signature, finding.channel.value, finding.role.value) for finding in verdict.findings]


PASSED = ran("t.py::a")


def test_a_suite_that_passes_and_leaves_nothing_is_clean() -> None:
    assert judged(PASSED, ran("t.py::b")) == Verdict(status=Status.CLEAN, pattern="..")


def test_the_surface_error_and_the_one_it_was_raised_over_are_distinguished() -> None:
    verdict = judged(PASSED, ran("t.py::b", raised("Event loop is closed"), raised(DIFFERENT, "context")))
    assert verdict.status is Status.REPRODUCES
    assert verdict.pattern == ".F"
    assert verdict.findings == (
        Finding(
            signature="different-loop",
            channel=Channel.BODY,
            role=Role.ROOT,
            tests=("t.py::b",),
            sample=f"RuntimeError: {DIFFERENT}",
        ),
        Finding(
            signature="loop-closed",
            channel=Channel.BODY,
            role=Role.SURFACE,
            tests=("t.py::b",),
            sample="RuntimeError: Event loop is closed",
        ),
    )


def test_an_error_without_a_named_one_below_it_is_the_only_one() -> None:
    below = raised("pop from empty list", "context", kind="IndexError")
    verdict = judged(
        ran("t.py::a", raised("__init__() got an unexpected keyword argument 'loop'", kind="TypeError"), below)
    )
    assert list_findings(verdict) == [("unexpected-loop-argument", "body", "only")]


def test_the_same_error_at_the_surface_and_at_the_root_is_reported_once() -> None:
    verdict = judged(ran("t.py::a", raised("Event loop is closed"), raised("Event loop is closed", "context")))
    assert list_findings(verdict) == [("loop-closed", "body", "only")]


def test_what_lies_between_surface_and_root_is_dropped() -> None:
    chain = raised("Event loop is closed"), raised("no running event loop", "context"), raised(DIFFERENT, "context")
    assert list_findings(judged(ran("t.py::a", *chain))) == [
        ("different-loop", "body", "root"),
        ("loop-closed", "body", "surface"),
    ]


def test_an_unknown_error_raised_from_a_named_one_is_named_by_it() -> None:
    surface = raised("Error while reading", kind="valkey.exceptions.ConnectionError")
    verdict = judged(ran("t.py::a", surface, raised(DIFFERENT, "cause")))
    assert (verdict.status, list_findings(verdict)) == (Status.REPRODUCES, [("different-loop", "body", "root")])


def test_an_unknown_error_raised_while_handling_a_named_one_stays_unnamed_and_its_root_is_reported() -> None:
    verdict = judged(ran("t.py::a", raised("assert 1 == 2", kind="AssertionError"), raised(DIFFERENT, "context")))
    assert verdict.status is Status.FAILS
    assert [(error.type, error.text, error.test) for error in verdict.unnamed] == [
        ("AssertionError", "assert 1 == 2", "t.py::a")
    ]
    assert list_findings(verdict) == [("different-loop", "body", "root")]


def test_one_unnamed_error_outweighs_any_number_of_named_ones() -> None:
    verdict = judged(
        ran("t.py::a", raised("Event loop is closed")), ran("t.py::b", raised("3 != 4", kind="ValueError"))
    )
    assert verdict.status is Status.FAILS
    assert list_findings(verdict) == [("loop-closed", "body", "only")]


def test_a_body_that_found_nothing_is_named_by_the_task_of_a_fixture_that_failed() -> None:
    error = raised("'NoneType' object is not subscriptable", kind="TypeError")
    group = raised("unhandled errors in a TaskGroup (1 sub-exception)", kind="ExceptionGroup")
    member = raised("Event loop is closed", link="member")
    failing = Test(
        id="t.py::a",
        phases=(
            Phase(when="call", outcome="failed", chain=(error,)),
            Phase(when="teardown", outcome="failed", chain=(group, member)),
        ),
    )
    assert ("producer-failed", Channel.BODY, Role.ONLY) in list_findings(judged(failing, code=1))
    alone = msgspec.structs.replace(failing, phases=failing.phases[:1])
    assert judged(alone, code=1).status is Status.FAILS


def test_every_member_of_an_exception_group_needs_a_name_of_its_own() -> None:
    group = raised("errors while tearing down <Function a> (2 sub-exceptions)", kind="ExceptionGroup")
    named = raised("Event loop is closed", "member")
    other = raised("no running event loop", "member")
    unknown = raised("other", "member", kind="ValueError")
    assert list_findings(judged(ran("t.py::a", group, named, other, when="teardown"))) == [
        ("loop-closed", "cleanup", "only"),
        ("no-running-loop", "cleanup", "only"),
    ]
    verdict = judged(ran("t.py::a", group, named, unknown, when="teardown"))
    assert verdict.status is Status.FAILS
    assert [error.text for error in verdict.unnamed] == ["other"]


def test_an_exception_group_whose_members_are_unknown_is_itself_unnamed() -> None:
    verdict = judged(ran("t.py::a", raised("unhandled errors (1 sub-exception)", kind="ExceptionGroup")))
    assert [error.type for error in verdict.unnamed] == ["ExceptionGroup"]


def test_setup_and_call_are_the_body_and_teardown_is_cleanup() -> None:
    closed = raised("Event loop is closed")
    tests = ran("t.py::a", closed, when="setup"), ran("t.py::b", closed), ran("t.py::c", closed, when="teardown")
    verdict = judged(*tests)
    assert verdict.pattern == "EFE"
    assert [(finding.channel.value, finding.tests) for finding in verdict.findings] == [
        ("body", ("t.py::a", "t.py::b")),
        ("cleanup", ("t.py::c",)),
    ]


def test_a_deliberate_failure_is_no_error() -> None:
    verdict = judged(ran("t.py::a", raised("on purpose", kind="AssertionError"), how="xfailed"), PASSED)
    assert verdict == Verdict(status=Status.CLEAN, pattern="x.")


def test_a_failed_phase_without_an_exception_is_unnamed() -> None:
    test = Test(id="t.py::a", phases=(Phase(when="call", outcome="failed"),))
    assert judged(test).status is Status.FAILS


def test_a_suite_that_skips_every_test_proves_nothing() -> None:
    skipped = ran("t.py::a", raised("only on Windows", kind="Skipped"), when="setup", how="skipped")
    verdict = judged(skipped)
    assert (verdict.status, verdict.pattern) == (Status.NOT_APPLICABLE, "s")
    assert verdict.reason == "every test was skipped: only on Windows"


def test_an_error_that_ends_pytest_is_met_once_though_python_prints_it_once_more() -> None:
    problem = Problem(where="internal", node="", chain=(raised("'SECRET'", kind="KeyError"),))
    printed = 'Traceback (most recent call last):\n  File "app.py", line 2, in <module>\nKeyError: {}\n'
    verdict = judged(code=1, finished=False, problems=(problem,), output_after=printed.format("'SECRET'"))
    assert [(error.channel, error.text) for error in verdict.unnamed] == [(Channel.BODY, "'SECRET'")]
    verdict = judged(code=1, finished=False, problems=(problem,), output_after=printed.format("'OTHER'"))
    assert sorted(error.text for error in verdict.unnamed) == ["'OTHER'", "'SECRET'"]


MISSING = SkippedFile(node="test_b.py", text="could not import 'yaml': No module named 'yaml'")


def test_a_file_that_skips_itself_is_named_although_none_of_its_tests_is_among_the_tests() -> None:
    verdict = judged(PASSED, skipped=(MISSING, SkippedFile(node="test_c.py", text=MISSING.text)))
    assert (verdict.status, verdict.pattern) == (Status.CLEAN, ".")
    assert verdict.notes == (f"skipped whole, so its tests aren't counted: test_b.py, test_c.py ({MISSING.text})",)


def test_a_suite_of_which_every_file_skips_itself_is_none_without_tests() -> None:
    verdict = judged(code=5, skipped=(MISSING,))
    assert (verdict.status, verdict.findings) == (Status.NOT_APPLICABLE, ())
    assert verdict.reason == f"every test was skipped: test_b.py: {MISSING.text}"


def test_an_async_test_that_pytest_skipped_for_want_of_a_plugin_is_an_error() -> None:
    skipped = ran("t.py::a", raised("async def function and no async plugin installed", kind="Skipped"), how="skipped")
    warned = RecordedWarning(
        category="pytest.PytestUnhandledCoroutineWarning",
        text="async def functions are not natively supported and have been skipped.",
        when="runtest",
        test="t.py::a",
    )
    verdict = judged(skipped, warnings=(warned,))
    assert (verdict.status, list_findings(verdict)) == (Status.REPRODUCES, [("unhandled-coroutine", "body", "only")])


def test_infrastructure_comes_before_everything_else() -> None:
    verdict = judged(ran("t.py::a", raised("Event loop is closed")), infrastructure="the server has gone")
    assert verdict == Verdict(status=Status.INFRASTRUCTURE, pattern="F", reason="the server has gone")


def test_a_suite_that_can_not_be_collected_is_judged_by_why() -> None:
    chain = (raised("There is no current event loop in thread 'MainThread'."),)
    verdict = judged(code=2, problems=(Problem(where="collect", node="t.py", chain=chain),))
    assert (verdict.status, list_findings(verdict)) == (Status.REPRODUCES, [("no-current-loop", "body", "only")])
    unknown = Problem(where="collect", node="t.py", chain=(raised("bad", kind="ImportError"),))
    assert judged(code=2, problems=(unknown,)).status is Status.FAILS


def test_pytest_giving_up_over_another_problem_is_no_problem_of_its_own() -> None:
    chain = (raised("There is no current event loop in thread 'MainThread'."),)
    problem = Problem(where="collect", node="t.py", chain=chain)
    gave_up = Problem(where="internal", node="", chain=(raised("1 error during collection", kind="Interrupted"),))
    assert judged(code=2, problems=(problem, gave_up)).status is Status.REPRODUCES
    assert judged(code=2, problems=(gave_up,)).status is Status.FAILS


def test_a_worker_s_internal_error_is_not_counted_again_where_pytest_xdist_repeats_it() -> None:
    text, origin = "'Package' object has no attribute 'obj'", "pytest_asyncio/plugin.py:626 in pytest_collectstart"
    repeating = "xdist/dsession.py:232 in worker_internal_error"
    problem, controllers = (
        Problem(where="internal", node="", chain=(raised(text, kind=kind, origin=origin),))
        for kind, text, origin in (("AttributeError", text, origin), ("AssertionError", "Traceback …", repeating))
    )
    both = judged(code=3, problems=(problem, controllers))
    assert (both.status, both.unnamed) == (Status.REPRODUCES, ())
    assert [found.signature for found in both.findings] == ["pytest-incompatible"]
    assert judged(code=3, problems=(controllers,)).status is Status.FAILS


def test_a_suite_without_tests_is_reported_as_such() -> None:
    verdict = judged(code=5)
    assert verdict.status is Status.REPRODUCES
    assert [(found.signature, found.sample) for found in verdict.findings] == [
        ("no-tests", "pytest found no test to run, exit code 5")
    ]


def test_an_exit_code_that_no_test_explains_fails_loudly() -> None:
    verdict = judged(PASSED, code=1)
    assert [(error.type, error.text) for error in verdict.unnamed] == [("exit", "exit code 1, but no test failed")]


def test_an_option_that_pytest_refuses_is_read_from_what_it_printed() -> None:
    scopes = "Valid scopes are: function, class, module, package, session."
    refused = f"ERROR: 'test' is not a valid asyncio_default_fixture_loop_scope. {scopes}\n"
    verdict = judged(code=4, finished=False, output=refused)
    assert (verdict.status, list_findings(verdict)) == (Status.REPRODUCES, [("invalid-loop-scope", "body", "only")])


def test_a_conftest_that_can_not_be_imported_is_read_from_what_pytest_printed() -> None:
    printed = """ImportError while loading conftest 'conftest.py'.
conftest.py:3: in <module>
    f = asyncio.get_event_loop()
E   RuntimeError: There is no current event loop in thread 'MainThread'.
"""
    for finished in (True, False):
        verdict = judged(code=4, finished=finished, output=printed)
        assert (verdict.status, list_findings(verdict)) == (Status.REPRODUCES, [("no-current-loop", "body", "only")])


def test_a_hang_reproduces_and_what_was_open_when_it_was_killed_is_no_leak() -> None:
    hang = Hang(limit=20, test="t.py::b", when="call", stacks="", tasks="")
    begun = Test(id="t.py::b", phases=(Phase(when="setup", outcome="passed"),))
    loops = (Loop(name="loop-1", kind="L", created=moment()),)
    verdict = judged(PASSED, begun, finished=False, exit=Exit(), hang=hang, loops=loops)
    assert (verdict.status, verdict.pattern) == (Status.REPRODUCES, ".?")
    assert list_findings(verdict) == [("hang", "body", "only")]
    assert verdict.findings[0].sample == "no end after 20 s in call of t.py::b"


def test_a_suite_that_was_stopped_names_the_limit_its_option_and_how_many_tests_are_missing() -> None:
    hang = Hang(kind="progress", limit=120, test="t.py::b", when="setup", stacks="", tasks="")
    stuck = judged(PASSED, finished=False, exit=Exit(), hang=hang, collected=5)
    text = "no test began or ended for 120 s (--limit) in setup of t.py::b; 3 of 5 tests did not run"
    assert stuck.findings[0].sample == text
    whole = Hang(kind="suite", limit=3600, test="t.py::a", when="call", stacks="", tasks="")
    long = judged(PASSED, finished=False, exit=Exit(), hang=whole, collected=1)
    assert long.findings[0].sample == "no end after 3600 s (--longest) in call of t.py::a"


def test_a_suite_that_crashed_says_how_many_tests_are_missing() -> None:
    (crash,) = judged(PASSED, finished=False, exit=Exit(signal="SIGSEGV"), collected=3).findings
    assert crash.sample == "SIGSEGV; 2 of 3 tests did not run"
    (ended,) = judged(PASSED, code=1, finished=False, collected=2).findings
    assert ended.sample == "exit code 1 before the session had ended; 1 of 2 tests did not run"


def test_a_signal_and_an_early_exit_are_crashes() -> None:
    by_signal = judged(PASSED, finished=False, exit=Exit(signal="SIGSEGV"))
    assert (by_signal.status, list_findings(by_signal)) == (Status.REPRODUCES, [("crash", "body", "only")])
    at_shutdown = judged(PASSED, exit=Exit(signal="SIGABRT"))
    assert list_findings(at_shutdown) == [("crash", "cleanup", "only")]
    assert list_findings(judged(PASSED, code=0, finished=False)) == [("crash", "body", "only")]
    failed_first = judged(ran("t.py::a", raised("Event loop is closed")), finished=False)
    assert list_findings(failed_first) == [("crash", "body", "only"), ("loop-closed", "body", "only")]


def test_connections_loops_tasks_and_keys_that_are_left_are_leaks() -> None:
    verdict = judged(
        PASSED,
        connections=(Connection(name="connection-1", loop="loop-1", opened=moment()),),
        loops=(
            Loop(name="loop-1", kind="L", created=moment("conftest.py:3 in event_loop")),
            Loop(name="loop-2", kind="L", created=moment(), closed=moment(), pending=("Task-4 reader()",)),
        ),
        keys_left=("user:1",),
    )
    assert verdict.status is Status.LEAKS
    assert [finding.signature for finding in verdict.findings] == [
        "leaked-connection",
        "leaked-keys",
        "leaked-loop",
        "leaked-task",
    ]
    assert {finding.channel for finding in verdict.findings} == {Channel.CLEANUP}
    assert verdict.findings[0].sample == "opened at conftest.py:7 in client, never closed"


def test_a_connection_whose_closing_failed_says_why_it_is_left() -> None:
    connection = Connection(
        name="connection-1",
        loop="loop-1",
        opened=moment(),
        closed=moment(),
        close_failed=(raised("Event loop is closed"),),
    )
    verdict = judged(PASSED, connections=(connection,))
    assert verdict.findings[0].sample.endswith("never closed; closing it failed: RuntimeError: Event loop is closed")


def test_a_connection_that_only_the_server_knows_of_is_a_leak() -> None:
    closed = Connection(name="connection-1", loop="loop-1", opened=moment(), closed=moment())
    assert judged(PASSED, connections=(closed,), at_end=ServerView(clients=("",))).status is Status.LEAKS
    still_there = ServerView(clients=("harness",))
    assert judged(PASSED, connections=(closed,), before=still_there, at_end=still_there).status is Status.CLEAN


def test_a_connection_used_from_another_loop_is_reported_only_where_nothing_failed() -> None:
    used = tuple(Use(loop="loop-2", test=f"t.py::{name}", when="call", writes=1) for name in "ab")
    connection = Connection(name="connection-1", loop="loop-1", opened=moment(), uses=used, closed=moment())
    verdict = judged(PASSED, ran("t.py::b", raised(DIFFERENT)), connections=(connection,))
    assert list_findings(verdict) == [("different-loop", "body", "only"), ("wrong-loop-silently", "body", "only")]
    assert verdict.findings[1].tests == ("t.py::a",)
    assert judged(PASSED, connections=(connection,)).status is Status.WARNS


def foreign(*, writes: int = 1) -> Connection:
    used = (Use(loop="loop-2", test="t.py::a", when="call", writes=writes),)
    return Connection(name="connection-1", loop="loop-1", opened=moment(), uses=used, closed=moment())


def test_what_was_done_from_another_loop_is_distinguished() -> None:
    written = judged(PASSED, connections=(foreign(),)).findings[0]
    assert written.sample == "opened on loop-1, written to from loop-2 without an error"
    only_read = judged(PASSED, connections=(foreign(writes=0),)).findings[0]
    assert only_read.sample == "opened on loop-1, read from loop-2 without an error"


def test_closing_a_connection_from_another_loop_is_using_it() -> None:
    closed = moment(when="teardown")
    connection = Connection(name="connection-1", loop="loop-1", opened=moment(), closed=closed, closed_on="loop-2")
    verdict = judged(PASSED, connections=(connection,))
    assert list_findings(verdict) == [("wrong-loop-silently", "cleanup", "only")]
    assert verdict.findings[0].sample == "opened on loop-1, closed from loop-2 without an error"
    failing = ran("t.py::a", raised(DIFFERENT), when="teardown")
    assert list_findings(judged(failing, connections=(connection,))) == [("different-loop", "cleanup", "only")]


def test_a_phase_that_was_expected_to_fail_says_itself_what_happened_on_another_loop() -> None:
    expected = ran("t.py::a", raised(DIFFERENT), how="xfailed")
    assert judged(expected, connections=(foreign(),)).status is Status.CLEAN


def test_a_phase_that_never_ended_passed_nothing_silently() -> None:
    unfinished = Test(id="t.py::a", phases=(Phase(when="setup", outcome="passed"),))
    hang = Hang(limit=1.0, test="t.py::a", when="call", stacks="", tasks="")
    verdict = judged(unfinished, connections=(foreign(),), hang=hang, finished=False, exit=Exit())
    assert list_findings(verdict) == [("hang", "body", "only")]


def deprecated(
    text: str = "There is no current event loop", at: str = "conftest.py:12", test: str = "t.py::a"
) -> RecordedWarning:
    return RecordedWarning(category="DeprecationWarning", text=text, when="runtest", test=test, location=at)


def test_a_deprecation_alone_warns_and_a_leak_outweighs_it() -> None:
    assert judged(PASSED, warnings=(deprecated(),)).status is Status.WARNS
    assert judged(PASSED, warnings=(deprecated(),), keys_left=("a",)).status is Status.LEAKS


def test_a_deprecation_that_is_raised_fails_its_test_by_name() -> None:
    verdict = judged(ran("t.py::a", raised("There is no current event loop", kind="DeprecationWarning")))
    assert (verdict.status, list_findings(verdict)) == (Status.REPRODUCES, [("deprecation", "body", "only")])


def test_a_warning_that_no_signature_names_changes_nothing() -> None:
    warned = RecordedWarning(category="UserWarning", text="mind the gap", when="runtest")
    assert judged(PASSED, warnings=(warned,)).status is Status.CLEAN


@pytest.mark.parametrize(
    "folder",
    [
        "/somewhere/lib/site-packages/",
        "/some where/a b/lib/site-packages/",
        "C:\\Users\\An na\\Lib\\site-packages\\",
        "\\\\server\\the share\\Lib\\site-packages\\",
    ],
)
def test_a_warning_given_before_pytest_recorded_any_is_read_from_the_output(folder: str) -> None:
    line = 'The configuration option "asyncio_default_fixture_loop_scope" is unset.'
    separator = "\\" if "\\" in folder else "/"
    place = f"{folder}pytest_asyncio{separator}plugin.py:217"
    verdict = judged(PASSED, output=f"{place}: PytestDeprecationWarning: {line}\n  warnings.warn(x)\n")
    assert verdict.status is Status.WARNS
    assert verdict.findings[0].sample == f"pytest_asyncio/plugin.py:217: PytestDeprecationWarning: {line}"


def test_a_line_that_only_quotes_a_warning_is_none() -> None:
    assert judged(PASSED, output="see conftest.py:7: DeprecationWarning: no current loop\n").status is Status.CLEAN


def test_what_the_collector_finds_belongs_to_no_test_wherever_it_surfaces() -> None:
    def run(test: str) -> Verdict:
        closed = (raised("Event loop is closed"),)
        return judged(
            PASSED,
            ran("t.py::b"),
            unraisables=(
                Unraisable(test=test, when="call", message="Exception ignored in", object="<function>", chain=closed),
            ),
            handler_calls=(
                HandlerCall(
                    loop="loop-1", test=test, when="call", message="Task exception was never retrieved", chain=closed
                ),
                HandlerCall(loop="loop-1", test=test, when="setup", message="Task was destroyed but it is pending!"),
            ),
            warnings=(
                RecordedWarning(category="ResourceWarning", text="unclosed Connection <x>", when="runtest", test=test),
            ),
        )

    assert run("t.py::a") == run("t.py::b")
    assert list_findings(run("t.py::a")) == [
        ("exception-never-retrieved", "cleanup", "surface"),
        ("loop-closed", "cleanup", "root"),
        ("task-destroyed", "cleanup", "only"),
        ("unclosed-resource", "cleanup", "only"),
        ("unraisable-on-closed-loop", "cleanup", "only"),
    ]
    assert {finding.tests for finding in run("t.py::a").findings} == {()}


def test_an_unraisable_exception_that_no_signature_names_is_shown_and_fails_no_test() -> None:
    mine = Unraisable(test="t.py::a", when="call", message="m", object="o", chain=(raised("mine"),))
    verdict = judged(PASSED, unraisables=(mine,))
    assert [(error.channel, error.text) for error in verdict.unnamed] == [(Channel.CLEANUP, "mine")]
    assert verdict.status is Status.WARNS


def test_a_handler_call_is_named_by_the_exception_it_reports() -> None:
    call = HandlerCall(
        loop="loop-1",
        test="",
        when="session",
        message="Exception in callback f()",
        chain=(raised("Event loop is closed"),),
    )
    assert list_findings(judged(PASSED, handler_calls=(call,))) == [("loop-closed", "cleanup", "root")]
    odd = msgspec.structs.replace(call, chain=(raised("odd", kind="ValueError"),))
    verdict = judged(PASSED, handler_calls=(odd,))
    assert [(error.type, error.text) for error in verdict.unnamed] == [
        ("ValueError", "Exception in callback f() (ValueError: odd)")
    ]
    assert verdict.status is Status.WARNS


def test_pytests_warning_of_an_unraisable_exception_is_not_reported_twice() -> None:
    text = "Exception ignored in: <f>\n\nTraceback (most recent call last):\n  File x\nRuntimeError: mine\n"
    warned = RecordedWarning(
        category="pytest.PytestUnraisableExceptionWarning", text=text, when="runtest", test="t.py::a"
    )
    closed = Unraisable(test="", when="call", message="m", object="o", chain=(raised("Event loop is closed"),))
    assert judged(PASSED, warnings=(warned,), unraisables=(closed,)).status is Status.REPRODUCES
    assert [error.text for error in judged(PASSED, warnings=(warned,)).unnamed] == ["mine"]


AFTER = """3 passed in 0.15s
Exception ignored in: <function AbstractConnection.__del__ at 0x…>
Traceback (most recent call last):
  File "valkey/asyncio/connection.py", line 243, in __del__
RuntimeError: Event loop is closed
sys:1: RuntimeWarning: coroutine 'sleep' was never awaited
Task was destroyed but it is pending!
task: <Task pending name='Task-5' coro=<g()>>
Task exception was never retrieved
future: <Task finished name='Task-5' coro=<g() done> exception=ZeroDivisionError('division by zero')>
Traceback (most recent call last):
  File "test_it.py", line 14, in g
ZeroDivisionError: division by zero
asyncio/streams.py:408: ResourceWarning: loop is closed
sys:1: ResourceWarning: unclosed file <_io.TextIOWrapper name='log'>
"""


def test_what_is_printed_after_the_session_is_cleanup() -> None:
    verdict = judged(PASSED, output_after=AFTER)
    assert verdict.status is Status.REPRODUCES
    assert list_findings(verdict) == [
        (name, "cleanup", "only")
        for name in (
            "exception-never-retrieved",
            "never-awaited",
            "task-destroyed",
            "unclosed-resource",
            "unraisable-on-closed-loop",
        )
    ]


def test_a_traceback_after_the_session_that_no_signature_names_fails_loudly() -> None:
    after = "Traceback (most recent call last):\n  File x\nKeyboardInterrupt\n"
    assert [error.type for error in judged(PASSED, output_after=after).unnamed] == ["KeyboardInterrupt"]


MANY = evidence(
    ran("t.py::a", raised("Event loop is closed"), raised(DIFFERENT, "context")),
    ran("t.py::b", raised("odd", kind="ValueError")),
    ran("t.py::c", raised("Event loop is closed"), when="teardown"),
    warnings=(deprecated(), deprecated("another", "conftest.py:30")),
    keys_left=("b", "a"),
    output_after=AFTER,
)


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_signatures_never_matters(shuffler: random.Random) -> None:
    signatures = list(load_signatures())
    shuffler.shuffle(signatures)
    assert classify(MANY, signatures) == classify(MANY, load_signatures())
