"""From what the workers of pytest-xdist wrote, each of its own, to one evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.evidence.folding import Record, read_record
from harness.evidence.joining import join
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = "assert None == b'ripe'"
ORDER: dict[str, object] = {"kind": "order", "tests": ["t.py::a", "t.py::b", "u.py::c"]}
CONTROLLER: list[dict[str, object]] = [
    {"kind": "at-end", "clients": [], "keys": ["k"]},
    {"kind": "session-end", "stdout": 1, "stderr": 2},
]


def read(*records: Mapping[str, object]) -> Record:
    return read_record([json.dumps(record).encode() + b"\n" for record in records])


def phase(test: str, outcome: str = "passed", text: str = "") -> dict[str, object]:
    chain = [{"type": "AssertionError", "text": text, "link": "surface"}] if text else []
    return {"kind": "test-phase", "test": test, "when": "call", "outcome": outcome, "chain": chain}


def at_work(test: str, began: float, ended: float, database: int = 0) -> dict[str, object]:
    return {"kind": "at-work", "test": test, "database": database, "began": began, "ended": ended}


def flush(test: str, time: float, database: int | None = 0) -> dict[str, object]:
    return {"kind": "flush", "moment": {"test": test, "when": "setup"}, "database": database, "time": time}


def test_without_workers_nothing_changes() -> None:
    record = read(phase("t.py::a"), *CONTROLLER)
    assert join(record, {}) == record


def test_tests_stand_in_the_order_of_collection_whoever_ran_them() -> None:
    first, second = read(ORDER, phase("u.py::c")), read(ORDER, phase("t.py::a"), phase("t.py::b"))
    found = join(read(*CONTROLLER), {"gw1": second, "gw0": first}).evidence
    assert [test.id for test in found.tests] == ["t.py::a", "t.py::b", "u.py::c"]
    assert [(worker.name, worker.tests) for worker in found.workers] == [
        ("gw0", ("u.py::c",)),
        ("gw1", ("t.py::a", "t.py::b")),
    ]
    assert found.finished


def test_connections_are_counted_by_each_worker_and_keys_once_at_the_end() -> None:
    workers = {name: read(ORDER, {"kind": "at-end", "clients": [name], "keys": []}) for name in ("gw0", "gw1")}
    seen = join(read(*CONTROLLER), workers).evidence.at_end
    assert seen is not None
    assert (seen.clients, seen.keys) == (("gw0", "gw1"), ("k",))


def test_what_all_workers_meet_is_there_once() -> None:
    problem = {"kind": "problem", "where": "collect", "node": "t.py", "chain": []}
    found = join(read(*CONTROLLER), {"gw0": read(problem), "gw1": read(problem)}).evidence
    assert len(found.problems) == 1


def test_what_hangs_is_in_the_worker_that_has_not_ended() -> None:
    begun = {"kind": "phase-start", "test": "t.py::b", "when": "call"}
    ended = read(ORDER, {"kind": "phase-start", "test": "", "when": "session"}, {"kind": "session-end"})
    started = join(read(), {"gw0": ended, "gw1": read(ORDER, begun)}).started
    assert started is not None
    assert (started.test, started.when) == ("t.py::b", "call")


def test_of_a_worker_that_crashed_the_controller_says_how_its_test_ended() -> None:
    lost = phase("t.py::a", "failed", "worker 'gw0' crashed")
    found = join(read(lost, *CONTROLLER), {"gw0": read(ORDER, {**phase("t.py::a"), "when": "setup"})}).evidence
    (test,) = found.tests
    assert [one.outcome for one in test.phases] == ["failed"]


def signatures_of(one: Record, other: Record) -> list[str]:
    evidence = join(read(*CONTROLLER[1:]), {"gw0": one, "gw1": other}).evidence
    return [finding.signature for finding in classify(evidence, load_signatures()).findings]


def test_a_flush_while_another_workers_test_is_at_work_in_that_database_is_what_takes_its_key() -> None:
    failed = [ORDER, phase("t.py::a", "failed", NONE), at_work("t.py::a", 1.0, 3.0, database=1)]
    assert signatures_of(read(*failed), read(flush("u.py::c", 2.0, database=1))) == ["flushed-by-another-worker"]
    assert signatures_of(read(*failed), read(flush("u.py::c", 2.0, database=None))) == ["flushed-by-another-worker"]


def test_a_flush_before_it_after_it_elsewhere_or_of_its_own_is_not() -> None:
    failed = [ORDER, phase("t.py::a", "failed", NONE), at_work("t.py::a", 1.0, 3.0, database=1)]
    for time, database in ((0.9, 1), (3.1, 1), (2.0, 0)):
        assert signatures_of(read(*failed), read(flush("u.py::c", time, database))) == []
    assert signatures_of(read(*failed, flush("t.py::a", 2.0, database=1)), read()) == []
