"""What is printed of suites of one's own: each by environment, then each test that doesn't pass everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.grid import Grid
from harness.analysis.run_tables import make_tables
from harness.analysis.suites import MOST, make_complete_table, make_short_table, view_suites
from harness.evidence.model import (
    BackgroundError,
    Connection,
    Evidence,
    Exit,
    Moment,
    Phase,
    Problem,
    Raised,
    Test,
)
from harness.evidence.store import EvidenceStore
from harness.output.table import as_data, as_text
from harness.store.model import Results, Run
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.store.made_up_results import DIFFERENT, environment, header, outcome

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURES = load_signatures()
CATEGORIES = {one.name: one.category for one in SIGNATURES}
CELL = "default/function/async_fixture/aclose"


def ran(*tests: tuple[str, str]) -> Evidence:
    """Tests by name, each with the text of the error that it ended in, or none."""
    phases = {
        name: Phase(
            when="call",
            outcome="failed" if text else "passed",
            chain=(Raised(type="RuntimeError", text=text, link="surface"),) if text else (),
        )
        for name, text in tests
    }
    found = tuple(Test(id=f"test_a.py::{name}", phases=(phase,)) for name, phase in phases.items())
    return Evidence(tests=found, finished=True, exit=Exit(code=int(any(text for _, text in tests))))


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path)


def measured(store: EvidenceStore, plugin: str, **suites: Evidence) -> Run:
    where = environment(plugin)
    outcomes = tuple(
        outcome(f"suite:{name}", classify(evidence, SIGNATURES), where=where, evidence=store.put(evidence))
        for name, evidence in suites.items()
    )
    return Run(header=header(where), outcomes=outcomes)


def rows(results: Results, store: EvidenceStore) -> list[dict[tuple[str, str], str]]:
    """The complete tables: what becomes of it where, by its name and what it is."""
    return [
        {(row["group"], row["texts"][1]): row["texts"][0] for row in as_data(make_complete_table(view))["rows"]}
        for view in view_suites(results, store, CATEGORIES)
    ]


def short(results: Results, store: EvidenceStore, *, names: bool = True) -> list[tuple[str, ...]]:
    """The rows of the table that a terminal shows of one suite."""
    (view,) = view_suites(results, store, CATEGORIES)
    return list(make_short_table(view, names=names).rows)


def test_tests_that_change_are_reported_with_their_errors_and_the_others_are_counted(store: EvidenceStore) -> None:
    results = Results(
        runs=(
            measured(store, "0.26.0", mine=ran(("test_a", ""), ("test_b", ""))),
            measured(store, "1.0.0", mine=ran(("test_a", ""), ("test_b", "Event loop is closed"))),
            measured(store, "1.5.0", mine=ran(("test_a", ""), ("test_b", "oh no"))),
        )
    )
    (found,) = rows(results, store)
    assert found == {
        ("the whole suite", "clean (2 passed)"): "0.26.0",
        ("the whole suite", "loop-closed in 1 test (.F)"): "1.0.0",
        ("the whole suite", "RuntimeError in 1 test (.F)"): "1.5.0",
        ("test_a.py::test_b", "passed"): "0.26.0",
        ("test_a.py::test_b", "failed: loop-closed"): "1.0.0",
        ("test_a.py::test_b", "failed: RuntimeError: oh no"): "1.5.0",
    }
    (view,) = view_suites(results, store, CATEGORIES)
    assert "1 test passes everywhere." in make_complete_table(view).note
    assert short(results, store) == [
        ("the whole suite",),
        ("2 tests", "0.26.0", "clean (2 passed)"),
        ("", "1.0.0", "loop-closed in 1 test (.F)"),
        ("", "1.5.0", "RuntimeError in 1 test (.F)"),
        ("tests that changed",),
        ("1 test", "0.26.0", "passed"),
        ("", "1.0.0", "failed: loop-closed"),
        ("", "1.5.0", "failed: RuntimeError: oh no\ntest_a.py::test_b"),
        ("the same everywhere",),
        ("1 test", "", "passed"),
    ]


def test_a_test_that_is_not_there_and_repeats_are_reported(store: EvidenceStore) -> None:
    results = Results(
        runs=(
            measured(store, "0.26.0", mine=ran(("test_a", ""), ("test_new", ""))),
            measured(store, "1.0.0", mine=ran(("test_a", ""))),
            measured(store, "1.0.0", mine=ran(("test_a", "Event loop is closed"))),
        )
    )
    (found,) = rows(results, store)
    assert found["test_a.py::test_a", "passed 1/2 · failed: loop-closed 1/2"] == "1.0.0"
    assert found["test_a.py::test_new", "not run"] == "1.0.0"


def test_what_kept_a_file_from_being_imported_and_that_there_are_no_tests_is_reported(store: EvidenceStore) -> None:
    chain = (
        Raised(type="_pytest.nodes.Collector.CollectError", text="ImportError while importing", link="surface"),
        Raised(type="ModuleNotFoundError", text="No module named 'gone'", link="cause"),
    )
    broken = Evidence(
        problems=(Problem(where="collect", node="test_a.py", chain=chain),), finished=True, exit=Exit(code=2)
    )
    none = Evidence(finished=True, exit=Exit(code=5))
    found = rows(Results(runs=(measured(store, "1.0.0", broken=broken, none=none),)), store)
    assert found[0]["test_a.py", "ModuleNotFoundError: No module named 'gone'"] == "1.0.0"
    assert found[1] == {
        ("the whole suite", "no-tests: pytest found no test to run, exit code 5"): "1.0.0",
        ("no test was run", "pytest found no test to run, exit code 5"): "1.0.0",
    }


def test_a_suite_rebuilt_from_a_report_is_reported_like_one_of_ones_own(store: EvidenceStore) -> None:
    where = environment("1.0.0")
    evidence = ran(("test_a", "Event loop is closed"))
    stored = outcome("reported/pa-744/prepended", classify(evidence, SIGNATURES), evidence=store.put(evidence))
    results = Results(runs=(Run(header=header(where), outcomes=(stored,)),))
    (view,) = view_suites(results, store, CATEGORIES)
    assert view.title == "Reported suite pa-744/prepended"
    assert rows(results, store)[0]["test_a.py::test_a", "failed: loop-closed"] == "1.0.0"


def test_the_tables_of_cells_know_nothing_of_suites_and_are_left_out_without_cells(store: EvidenceStore) -> None:
    def printed(results: Results) -> dict[str, str]:
        tables = make_tables(
            results,
            Grid(results, CATEGORIES),
            defaults={},
            folder="results",
            suites=view_suites(results, store, CATEGORIES),
        )
        return {table.name: as_text(table) for table in tables}

    run = measured(store, "1.0.0", mine=ran(("test_a", "oh no")))
    assert list(printed(Results(runs=(run,)))) == ["summary", "suite_mine"]
    both = msgspec.structs.replace(run, outcomes=(*run.outcomes, outcome(CELL, DIFFERENT, where=environment("1.0.0"))))
    found = printed(Results(runs=(both,)))
    assert "errors" in found
    assert not any("suite:mine" in text for text in found.values())
    assert "unnamed" not in found


def test_what_reached_no_test_is_listed_with_where_it_was_met(store: EvidenceStore) -> None:
    quiet = msgspec.structs.replace(
        ran(("test_a", "")),
        connections=(
            Connection(name="connection-1", loop=None, opened=Moment(test="", when="call", at="test_a.py:5 in test_a")),
        ),
        background=(
            BackgroundError(
                source="thread",
                owner="worker",
                test="",
                when="call",
                chain=(Raised(type="RuntimeError", text="Event loop is closed", link="surface"),),
            ),
        ),
    )
    results = Results(
        runs=(measured(store, "0.26.0", mine=ran(("test_a", ""))), measured(store, "1.0.0", mine=quiet)),
    )
    assert short(results, store) == [
        ("the whole suite",),
        ("1 test", "0.26.0", "clean (1 passed)"),
        ("", "1.0.0", "loop-closed in the background (1 passed)"),
        ("outside of the tests",),
        ("", "1.0.0", "loop-closed: RuntimeError: Event loop is closed"),
    ]
    leaks = "leaked-connection: opened at test_a.py:5 in test_a, never closed"
    assert rows(results, store)[0]["outside of the tests", leaks] == "1.0.0"
    alone = msgspec.structs.replace(quiet, background=())
    only_leaks = short(Results(runs=(measured(store, "1.0.0", mine=alone),)), store)
    assert only_leaks[:4] == [
        ("the whole suite",),
        ("1 test", "leaks connection (1 passed)"),
        ("outside of the tests",),
        ("", leaks),
    ]


def test_cases_of_one_test_that_fail_alike_are_one_row_and_other_tests_are_not(store: EvidenceStore) -> None:
    cases = [(f"test_a[{number}]", f"wrong: '{number}' is not {number + 1}") for number in range(40)]
    others = [("test_b", "wrong: 'b' is not 2"), ("test_c", "wrong: 'c' is not 3")]
    results = Results(runs=(measured(store, "1.0.0", mine=ran(*cases, *others, ("test_d", ""))),))
    assert short(results, store) == [
        ("the whole suite",),
        ("43 tests", "RuntimeError in 42 tests (1 passed, 42 failed)"),
        ("test by test",),
        ("40 tests", "failed: RuntimeError: wrong: '0' is not 1\ntest_a.py::test_a[0] and 39 more of its cases"),
        ("1 test", "failed: RuntimeError: wrong: 'b' is not 2\ntest_a.py::test_b"),
        ("1 test", "failed: RuntimeError: wrong: 'c' is not 3\ntest_a.py::test_c"),
        ("1 test", "passed"),
    ]
    (complete,) = rows(results, store)
    assert len(complete) == 43


def test_in_a_comparison_only_a_test_that_differs_within_a_pair_has_changed(store: EvidenceStore) -> None:
    fails = ran(("test_a", "Event loop is closed"), ("test_b", ""))
    before, after = measured(store, "0.26.0", mine=fails), measured(store, "1.0.0", mine=fails)
    other = ran(("test_a", ""), ("test_b", "oh no"))
    later = measured(store, "1.5.0", mine=other)
    results = Results(runs=(before, after, later))
    digests = [environment(plugin).digest for plugin in ("0.26.0", "1.0.0", "1.5.0")]
    (view,) = view_suites(results, store, CATEGORIES, [(digests[0], digests[1])])
    assert view.tests.changed == ()
    (view,) = view_suites(results, store, CATEGORIES, [(digests[1], digests[2])])
    assert [group.tests for group in view.tests.changed] == [("test_a.py::test_a",), ("test_a.py::test_b",)]


def test_thousands_of_tests_that_fail_differently_stay_a_short_table(store: EvidenceStore) -> None:
    words = [first + second for first in "abcdefghij" for second in "klmnopqrst"]
    results = Results(runs=(measured(store, "1.0.0", mine=ran(*((f"test_{word}", word) for word in words))),))
    found = short(results, store)
    assert len(found) <= MOST + 4
    assert found[-1] == ("88 tests", "88 other outcomes, see the complete table")


def test_environments_without_pytest_asyncio_are_called_so_once(store: EvidenceStore) -> None:
    bare = [
        msgspec.structs.replace(environment("none", python=python), client="none", client_version="none")
        for python in ("3.12.1", "3.13.0")
    ]
    done = [outcome("suite:mine", classify(ran(("a", "")), SIGNATURES), where=where) for where in bare]
    runs = tuple(Run(header=header(one), outcomes=(each,)) for one, each in zip(bare, done, strict=True))
    (view,) = view_suites(Results(runs=runs), store, CATEGORIES)
    assert make_short_table(view).lead.startswith("2 environments: no pytest-asyncio, Python 3.12–3.13; ")
