"""What the page keeps of what was observed in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.diagnose.ledgers import explain_run
from harness.evidence.model import (
    Evidence,
    Exit,
    HandlerCall,
    Hang,
    RecordedWarning,
    ServerView,
    Unraisable,
)
from harness.evidence.store import EvidenceStore
from harness.report import evidence as module
from harness.report.evidence import collect_evidence, find_files, reduce_evidence
from harness.report.measured import select_measured_outcomes
from harness.report.model import PageMoment
from harness.store.model import Results, Run
from harness.store.reading import read_results
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.diagnose.ledgers_by_hand import CLOSED, DIFFERENT, connection, loop, moment, name, run_of, use
from tests.unit.store.made_up_results import environment, header, outcome, put

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from harness.report.model import PageEvidence, PageRun

SEEN = Evidence(
    tests=(run_of("test_a"), run_of("test_b", msgspec.structs.replace(CLOSED), DIFFERENT)),
    loops=(loop(1, "test_a", pending=("<Task pending name='Task-7'>",)), loop(2, "test_b", None)),
    connections=(
        connection(
            1, 1, moment("test_a", at="conftest.py:12 in client"), use("test_b", 2, late=True), failed=(CLOSED,)
        ),
    ),
    warnings=(RecordedWarning(category="DeprecationWarning", text="at 0x7f12", when="runtest", test=name("test_a")),)
    * 3,
    unraisables=(Unraisable(test="", when="session", message="Exception ignored in", object="<x>", chain=(CLOSED,)),),
    handler_calls=(HandlerCall(loop="loop-1", test=name("test_b"), when="call", message="Task exception"),),
    at_end=ServerView(clients=("", "pool"), keys=()),
    keys_left=("counter",),
    hang=Hang(limit=5, test=name("test_b"), when="call", stacks="File a.py", tasks="<Task>"),
    finished=True,
    exit=Exit(code=1),
)


def reduce(evidence: Evidence = SEEN) -> PageRun:
    return reduce_evidence(evidence, classify(evidence, load_signatures()))


def test_tests_loops_and_connections_are_those_of_the_evidence() -> None:
    run = reduce()
    assert run.tests == (name("test_a"), name("test_b"))
    assert run.letters == ".F"
    assert [one.name for one in run.loops] == ["loop-1", "loop-2"]
    assert run.loops[0].created == PageMoment(0, "setup", "pytest_asyncio/plugin.py:1061 in _scoped_runner")
    assert run.loops[1].closed is None
    (one,) = run.connections
    assert one.opened == PageMoment(0, "call", "conftest.py:12 in client")
    assert (one.loop, one.closed, one.closed_on) == ("loop-1", None, "")
    (used,) = one.uses
    assert (used.moment.test, used.loop, used.writes, used.late) == (1, "loop-2", 1, True)
    assert one.close_failed == (("RuntimeError", "Event loop is closed"),)


def test_errors_of_tests_and_those_that_reached_none_have_their_chains() -> None:
    first, ignored, handled = reduce().failures
    assert (first.moment, first.lead) == (PageMoment(1, "call"), "")
    assert [one.type for one in first.chain] == ["RuntimeError", "RuntimeError"]
    assert ignored.moment.test == 2
    assert ignored.lead == "ignored by Python: Exception ignored in <x>"
    assert handled.lead == "given to the exception handler of loop-1: Task exception"


def test_equal_warnings_are_counted_and_texts_are_without_what_changes() -> None:
    (one,) = reduce().warnings
    assert (one.category, one.text, one.count) == ("DeprecationWarning", "at 0x", 3)


def test_what_was_left_is_named() -> None:
    assert reduce().left == (
        "2 connections to the server",
        "the key counter",
        "a task on loop-1: <Task pending name='Task-…'>",
        "loop-2, which nobody closed",
    )
    assert reduce().stacks == "File a.py\n<Task>"


def test_what_happened_is_what_diagnose_says() -> None:
    verdict = classify(SEEN, load_signatures())
    story = explain_run(SEEN, verdict, module._know_no_habits(), find_files(SEEN))
    assert reduce().summary == story.summary
    assert [one.heading for one in reduce().stories] == [one.heading for one in story.stories]
    assert [one.count for one in reduce().stories] == [one.count for one in story.stories]


def test_the_suites_own_files_are_its_tests_and_every_conftest_above_them() -> None:
    nested = msgspec.structs.replace(SEEN.tests[0], id="tests/api/test_cart.py::test_add")
    assert find_files(Evidence(tests=(nested,))) == {
        "tests/api/test_cart.py",
        "tests/api/conftest.py",
        "tests/conftest.py",
        "conftest.py",
    }


CELLS = ("default/function/async_fixture/aclose", "default/session/async_fixture/aclose", "suite:mine")


def make(folder: Path, *found: Evidence, most: int = 100) -> PageEvidence:
    """What is kept of an outcome for each evidence, of one cell after the other."""
    where, store = environment(), EvidenceStore(folder)
    outcomes = tuple(
        outcome(cell, classify(one, load_signatures()), where=where, evidence=store.put(one))
        for cell, one in zip(CELLS, found, strict=False)
    )
    results = read_results(put(folder, Run(header=header(where), outcomes=outcomes)))
    measured = select_measured_outcomes(results)
    numbers = [list(range(len(measured.cells)))]
    return collect_evidence(measured, results, most, numbers)


def plain(number: int) -> Evidence:
    return Evidence(tests=(run_of(f"test_{number}"),), finished=True, exit=Exit(code=0))


def test_equal_runs_are_there_once_and_suites_are_found_by_their_names(tmp_path: Path) -> None:
    found = make(tmp_path, SEEN, SEEN, plain(1))
    assert len(found.runs) == 2
    assert found.found == {0: {0: found.found[0][0], 1: found.found[0][0]}}
    assert found.suites == {"suite:mine": {0: 1 - found.found[0][0]}}
    assert found.left_out == 0


def test_where_there_is_no_room_a_suite_of_ones_own_comes_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    found = make(tmp_path, plain(1), SEEN, plain(2), most=2)
    assert found.suites == {"suite:mine": {0: 0}}
    assert found.found == {0: {1: 1}}, "what isn't clean comes before what is"
    assert found.left_out == 1


def test_evidence_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    found = make(tmp_path, plain(1), most=1)
    assert len(found.runs) == 1
    for path in (tmp_path / "evidence").rglob("*.gz"):
        path.unlink()
    results = read_results(tmp_path)
    assert collect_evidence(select_measured_outcomes(results), results, 1, [[0]]).runs == ()


def test_of_a_very_large_run_the_ledgers_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_RUN", 1_000)
    (run,) = make(tmp_path, SEEN).runs
    assert (run.loops, run.connections) == ((), ())
    assert run.summary


def test_results_that_were_never_in_a_file_have_no_evidence() -> None:
    run = Run(header=header(), outcomes=(outcome(CELLS[0], evidence="a" * 64),))
    results = Results(runs=(run,))
    assert collect_evidence(select_measured_outcomes(results), results, 9, [[0]]).runs == ()
