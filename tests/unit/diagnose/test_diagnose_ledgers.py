"""What the ledgers show of an error, and what they don't."""

from __future__ import annotations

import pytest

from harness.diagnose.ledgers import OF_LOOPS, explain_run
from harness.diagnose.ties import OF_HANDLES
from harness.evidence.model import BackgroundError, Evidence, Exit, Phase, Raised, Test, Unraisable
from harness.habits.model import Habits
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.diagnose.ledgers_by_hand import (
    CLOSED,
    DIFFERENT,
    connection,
    explain,
    line_of,
    loop,
    moment,
    name,
    only,
    run_of,
    use,
)

OPENED = moment("test_a", "setup", "conftest.py:12 in client")


def test_an_error_of_a_stream_is_tied_to_the_connection_that_was_used_on_another_loop() -> None:
    used = connection(1, 1, OPENED, use("test_a", 1), use("test_b", 2, late=True), closed=moment("test_b", "teardown"))
    story = explain([run_of("test_a"), run_of("test_b", DIFFERENT)], [loop(1, "test_a"), loop(2, "test_b")], [used])
    error = story.stories[0]
    assert error.sentences == (
        "Connection 1 was opened on loop 1 in the setup of `test_a`, by the fixture `client` (conftest.py:12).",
        "Loop 1 was closed in the teardown of `test_a`, by pytest-asyncio.",
        "Connection 1 was used on loop 2 in `test_b` (test_it.py:12).",
        f"That gave `RuntimeError: {DIFFERENT.text}`.",
    )
    assert (error.explained, error.signatures, error.tests) == ("yes", ("different-loop",), (name("test_b"),))
    assert story.summary[0] == "1 failure in 2 tests; what was seen explains it."


def test_a_close_that_failed_while_an_error_was_handled_comes_after_that_error() -> None:
    root = Raised(type=DIFFERENT.type, text=DIFFERENT.text, link="context", origin=DIFFERENT.origin)
    closing = moment("test_b", "call", "conftest.py:14 in client")
    used = connection(
        1, 1, OPENED, use("test_a", 1), use("test_b", 2, late=True), closed=closing, closed_on=2, failed=(CLOSED, root)
    )
    story = only(
        explain([run_of("test_a"), run_of("test_b", CLOSED, root)], [loop(1, "test_a"), loop(2, "test_b")], [used])
    )
    assert story.heading == "loop-closed←different-loop in a test's body"
    assert story.sentences[-1] == (
        "Closing connection 1 on loop 2 in answer to it, by the fixture `client` (conftest.py:14) failed with "
        "`RuntimeError: Event loop is closed`, which is the error that pytest reports."
    )
    assert story.sentences[-2].startswith("That gave `RuntimeError: Task")


def test_a_loop_that_is_still_open_is_not_called_closed() -> None:
    used = connection(1, 1, OPENED, use("test_b", 2), closed=moment("test_b", "teardown"), closed_on=1)
    story = only(
        explain(
            [run_of("test_a"), run_of("test_b", DIFFERENT)], [loop(1, "test_a", "test_b"), loop(2, "test_b")], [used]
        )
    )
    assert story.sentences[1] == "Loop 1 was still open."


def test_a_loop_that_is_closed_later_in_the_same_phase_is_not_called_closed() -> None:
    """Whether it was closed before can't be seen where only the phase is known."""
    failing = run_of("test_b", DIFFERENT, failing="teardown")
    used = connection(1, 1, OPENED, use("test_b", 2, when="teardown"), closed=moment("test_b", "teardown"), closed_on=1)
    story = only(explain([run_of("test_a"), failing], [loop(1, "test_a", "test_b"), loop(2, "test_b")], [used]))
    assert not any("closed" in sentence for sentence in story.sentences[1:2])


def test_one_of_several_connections_is_not_picked() -> None:
    several = [
        connection(number, 1, OPENED, use("test_b", 2, late=True), closed=moment("test_b", "teardown"), closed_on=1)
        for number in (1, 2)
    ]
    story = explain([run_of("test_a"), run_of("test_b", DIFFERENT)], [loop(1, "test_a"), loop(2, "test_b")], several)
    assert story.stories[0].explained == "perhaps"
    assert story.stories[0].sentences[-1].endswith("comes of one of these 2 connections can't be seen.")
    assert story.summary[0] == "1 failure in 2 tests; what was seen explains none and may explain 1."


def test_an_error_of_another_kind_is_unexplained_although_a_connection_was_misused() -> None:
    mismatch = Raised(
        type="Failed", text="ScopeMismatch: You tried to access the function scoped fixture", link="surface"
    )
    used = connection(1, 1, OPENED, use("test_b", 2), closed=moment("test_b", "teardown"), closed_on=1)
    story = explain([run_of("test_a"), run_of("test_b", mismatch)], [loop(1, "test_a"), loop(2, "test_b")], [used])
    assert story.stories[0].explained == "no"
    assert story.stories[0].connections == ()


def test_an_error_of_loops_without_a_connection_names_the_loops_that_were_open() -> None:
    elsewhere = Raised(type=DIFFERENT.type, text=DIFFERENT.text, link="surface", origin="test_it.py:9 in test_b")
    story = only(
        explain([run_of("test_a"), run_of("test_b", elsewhere)], [loop(1, "test_a", "test_b"), loop(2, "test_b")])
    )
    assert story.explained == "no"
    assert "loop 1 (made in the setup of `test_a`, by pytest-asyncio" in story.sentences[-1]
    assert "loop 2 (made in the setup of `test_b`" in story.sentences[-1]


def test_the_only_loop_that_was_closed_is_named() -> None:
    story = only(explain([run_of("test_a"), run_of("test_b", CLOSED)], [loop(1, "test_a"), loop(2, "test_b")]))
    assert story.sentences[-1].startswith("It can only be this loop: loop 1 ")


def test_hundreds_of_alike_errors_are_one_story() -> None:
    tests, loops, connections = [], [], []
    for number in range(1, 401, 2):
        first, second = f"test_a[{number}]", f"test_a[{number + 1}]"
        tests += [run_of(first), run_of(second, DIFFERENT)]
        loops += [loop(number, first), loop(number + 1, second)]
        connections.append(
            connection(
                number,
                number,
                moment(first, "call", line_of(first)),
                use(second, number + 1, late=True),
                closed=moment(second, "teardown"),
                closed_on=number,
            )
        )
    story = only(explain(tests, loops, connections))
    assert (story.count, len(story.tests), len(story.connections)) == (200, 200, 200)


def test_a_use_on_another_loop_without_an_error_is_a_story_too() -> None:
    used = connection(1, 1, OPENED, use("test_b", 2), closed=moment("test_b", "teardown"), closed_on=1)
    story = only(
        explain([run_of("test_a"), run_of("test_b")], [loop(1, "test_a", "test_b"), loop(2, "test_b")], [used])
    )
    assert (story.kind, story.sentences[-1]) == ("wrong-loop", "No error came of that.")


def test_what_nobody_closed_is_listed() -> None:
    tasks = ("Task-3 worker",)
    left = connection(1, 1, OPENED, use("test_a", 1))
    story = explain([run_of("test_a")], [loop(1, "test_a", pending=tasks), loop(2, "test_a", None)], [left])
    assert [one.kind for one in story.stories] == ["never-closed", "tasks-left", "loop-left"]
    assert story.stories[1].sentences == (
        "When loop 1 was closed in the teardown of `test_a`, by pytest-asyncio, `Task-3 worker` was still pending.",
    )


def test_a_run_in_which_all_is_well_is_described() -> None:
    good = connection(1, 1, OPENED, use("test_a", 1), closed=moment("test_a", "teardown"), closed_on=1)
    story = explain([run_of("test_a")], [loop(1, "test_a")], [good])
    assert story.stories == ()
    assert story.summary == (
        "No failure in 1 test.",
        "1 event loop and 1 connection were seen.",
        "Each connection was opened, used and closed on one loop, while that was open.",
    )


def test_an_error_of_a_thread_names_the_loop_that_was_closed() -> None:
    error = BackgroundError(source="thread", owner="Thread-1", test=name("test_b"), when="call", chain=(CLOSED,))
    story = only(
        explain([run_of("test_a"), run_of("test_b")], [loop(1, "test_a"), loop(2, "test_b")], background=(error,))
    )
    assert "the thread `Thread-1` ended with it" in story.sentences[0]
    assert story.sentences[-1].startswith("It can only be this loop: loop 1 ")


def test_a_finalizer_that_failed_is_tied_to_the_one_connection_that_was_left() -> None:
    dropped = Unraisable(
        test="", when="session", message="Exception ignored in", object="<function Connection.__del__>", chain=(CLOSED,)
    )
    left = connection(1, 1, OPENED, use("test_a", 1))
    story = explain([run_of("test_a")], [loop(1, "test_a")], [left], unraisables=(dropped,))
    assert story.stories[0].sentences[-1].endswith("it can only be connection 1, which nobody closed.")


def test_a_phase_with_two_errors_is_explained_only_if_both_are() -> None:
    group = Raised(type="ExceptionGroup", text="two", link="surface")
    members = (
        Raised(type=DIFFERENT.type, text=DIFFERENT.text, link="member", origin=DIFFERENT.origin),
        Raised(type="ValueError", text="no", link="member"),
    )
    phase = Phase(when="call", outcome="failed", chain=(group, *members))
    used = connection(1, 1, OPENED, use("test_b", 2, late=True), closed=moment("test_b", "teardown"), closed_on=1)
    tests = [run_of("test_a"), Test(id=name("test_b"), phases=(phase,))]
    story = explain(tests, [loop(1, "test_a"), loop(2, "test_b")], [used])
    assert (story.failed, story.explained) == (1, 0)


@pytest.mark.parametrize("names", [OF_LOOPS, OF_HANDLES])
def test_the_signatures_that_are_singled_out_exist(names: frozenset[str]) -> None:
    assert names <= {signature.name for signature in load_signatures()}


def test_a_killed_process_left_nothing_that_it_could_have_closed() -> None:
    killed = Evidence(connections=(connection(1, 1, OPENED),), exit=Exit(signal="SIGKILL"))
    story = explain([run_of("test_a")], (), killed.connections, infrastructure="")
    assert story.stories
    assert not explain([run_of("test_a")], (), (), infrastructure="").stories


def test_a_run_that_crashed_is_not_one_without_failure() -> None:
    evidence = Evidence(tests=(run_of("test_a"),), exit=Exit(signal="SIGABRT"))
    story = explain_run(evidence, classify(evidence, load_signatures()), Habits(), ())
    assert story.summary[:2] == ("The run was cut short: crash (SIGABRT).", "No failure in 1 test until then.")
