"""From the probe's lines to evidence, whatever became of the process that wrote them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.folding import SessionEnd, StackRecord, StartedPhase, fold, read_record
from harness.evidence.model import Evidence, ServerView

if TYPE_CHECKING:
    from collections.abc import Mapping

MOMENT = {"test": "test_a.py::test_one", "when": "call", "at": "test_a.py:3 in test_one"}
ERROR = {"type": "RuntimeError", "text": "Event loop is closed", "link": "surface", "origin": "base_events.py:1 in x"}
RECORDS: list[dict[str, object]] = [
    {"kind": "phase-start", "test": "test_a.py::test_one", "when": "setup"},
    {"kind": "test-phase", "test": "test_a.py::test_one", "when": "setup", "outcome": "passed", "chain": []},
    {"kind": "connection", "name": "connection-1", "loop": "loop-1", "opened": MOMENT},
    {"kind": "phase-start", "test": "test_a.py::test_one", "when": "call"},
    {"kind": "test-phase", "test": "test_a.py::test_one", "when": "call", "outcome": "failed", "chain": [ERROR]},
    {"kind": "warning", "category": "DeprecationWarning", "text": "old", "when": "runtest"},
    {"kind": "handler-call", "loop": "loop-1", "test": "", "when": "session", "message": "Task was destroyed"},
    {"kind": "unraisable", "test": "", "when": "session", "message": "m", "object": "o", "chain": [ERROR]},
    {"kind": "problem", "where": "internal", "node": "probe", "chain": [ERROR]},
    {"kind": "connection", "name": "connection-1", "loop": "loop-1", "opened": MOMENT, "closed": MOMENT},
    {"kind": "at-end", "clients": ["joe"], "keys": ["a"]},
    {"kind": "session-end", "stdout": 10, "stderr": None},
]


def lines_of(*records: Mapping[str, object]) -> list[bytes]:
    return [json.dumps(record).encode() + b"\n" for record in records]


def phase(when: str, outcome: str = "passed", **more: object) -> dict[str, object]:
    return {"kind": "test-phase", "test": "t.py::a", "when": when, "outcome": outcome, "chain": [], **more}


def attempts_of(*records: Mapping[str, object]) -> list[list[str]]:
    """Earlier attempts, then the one that counts."""
    (test,) = fold(lines_of(*records)).tests
    return [[f"{one.when} {one.outcome}" for one in phases] for phases in (*test.earlier, test.phases)]


def test_of_a_test_that_a_plugin_runs_again_the_last_attempt_counts() -> None:
    first = [phase("setup"), phase("call", "failed"), phase("teardown")]
    last = [phase("setup"), phase("call"), phase("teardown")]
    assert attempts_of(*first, *first, *last) == [
        ["setup passed", "call failed", "teardown passed"],
        ["setup passed", "call failed", "teardown passed"],
        ["setup passed", "call passed", "teardown passed"],
    ]


def test_an_outcome_that_a_plugin_changes_is_what_counts() -> None:
    again = [phase("setup"), phase("call", "failed"), phase("call", replaces=True), phase("teardown")]
    assert attempts_of(*again) == [["call failed"], ["setup passed", "call passed", "teardown passed"]]
    worse = [phase("setup"), phase("call"), phase("call", "failed", replaces=True), phase("teardown")]
    assert attempts_of(*worse) == [["setup passed", "call failed", "teardown passed"]]


def test_parts_of_a_test_make_something_of_it_only_if_they_fail() -> None:
    parts = [phase("call", "skipped"), phase("call"), phase("call", "failed"), phase("call"), phase("call")]
    assert attempts_of(phase("setup"), *parts) == [["setup passed", "call failed", "call passed"]]


def test_notes_and_the_number_of_tests_are_read() -> None:
    record = read_record(lines_of({"kind": "note", "text": "so it is"}, {"kind": "collected", "tests": 3}))
    assert (record.evidence.notes, record.collected) == (("so it is",), 3)


def test_a_whole_session_becomes_evidence_in_the_order_it_happened() -> None:
    record = read_record(lines_of(*RECORDS))
    evidence = record.evidence
    assert [test.id for test in evidence.tests] == ["test_a.py::test_one"]
    assert [(phase.when, phase.outcome) for phase in evidence.tests[0].phases] == [
        ("setup", "passed"),
        ("call", "failed"),
    ]
    assert evidence.tests[0].phases[1].chain[0].text == "Event loop is closed"
    assert len(evidence.warnings) == len(evidence.handler_calls) == len(evidence.unraisables) == 1
    assert evidence.problems[0].node == "probe"
    assert evidence.at_end == ServerView(clients=("joe",), keys=("a",))
    assert evidence.finished
    assert evidence.infrastructure == ""
    assert record.started == StartedPhase(test="test_a.py::test_one", when="call")
    assert record.session_end == SessionEnd(stdout=10)


def test_the_last_line_about_a_connection_counts_and_its_place_is_the_first() -> None:
    opened = {"kind": "connection", "name": "connection-1", "loop": None, "opened": MOMENT}
    other = {**opened, "name": "connection-2"}
    evidence = fold(lines_of(opened, other, {**opened, "closed": MOMENT}))
    assert [(each.name, each.closed is None) for each in evidence.connections] == [
        ("connection-1", False),
        ("connection-2", True),
    ]


def test_a_loop_is_named_after_its_class_although_kind_says_what_a_line_is() -> None:
    created = {"kind": "loop", "name": "loop-1", "loop_kind": "uvloop.Loop", "created": MOMENT}
    evidence = fold(lines_of(created, {**created, "closed": MOMENT, "pending": ["task-1"]}))
    assert [(loop.kind, loop.closed is not None, loop.pending) for loop in evidence.loops] == [
        ("uvloop.Loop", True, ("task-1",))
    ]


def test_a_dump_of_stacks_is_kept_for_the_hang() -> None:
    record = read_record(lines_of({"kind": "stacks", "stacks": "here", "tasks": "there"}))
    assert record.stacks == StackRecord(stacks="here", tasks="there")


def test_nothing_at_all_is_evidence_of_a_session_that_never_finished() -> None:
    assert fold([]) == Evidence()


@given(st.integers(min_value=0, max_value=len(b"".join(lines_of(*RECORDS)))))
def test_a_process_that_dies_anywhere_leaves_the_evidence_up_to_there(length: int) -> None:
    written = b"".join(lines_of(*RECORDS))[:length]
    complete = written.count(b"\n")
    evidence = fold(written.splitlines(keepends=True))
    assert evidence.infrastructure == ""
    # A line that lacks nothing but its end may count or not.
    assert evidence in (fold(lines_of(*RECORDS[:complete])), fold(lines_of(*RECORDS[: complete + 1])))


@given(st.lists(st.binary(max_size=40)))
def test_no_line_can_break_the_reading(rubbish: list[bytes]) -> None:
    good = lines_of(RECORDS[1])
    evidence = fold([*(line + b"\n" for line in rubbish), *good])
    assert len(evidence.tests) == 1
    assert ("line 1 " in evidence.infrastructure) == bool(rubbish)


@pytest.mark.parametrize(
    "broken",
    [b"{\n", b"[]\n", b'{"kind": 1}\n', b'{"kind": "test-phase", "test": "t", "when": "call", "outcome": "?"}\n'],
)
def test_a_broken_line_that_is_not_the_last_means_no_trust(broken: bytes) -> None:
    assert "line 1 " in fold([broken, *lines_of(RECORDS[1])]).infrastructure


def test_a_kind_from_a_newer_probe_is_left_out() -> None:
    assert fold(lines_of({"kind": "weather", "sky": "blue"})) == Evidence()


def test_half_a_surrogate_pair_in_a_text_is_replaced() -> None:
    chain = [{**ERROR, "text": "a \udcff b"}]
    evidence = fold(lines_of({"kind": "problem", "where": "collect", "node": "", "chain": chain}))
    assert evidence.problems[0].chain[0].text == "a ? b"
    assert evidence.infrastructure == ""
