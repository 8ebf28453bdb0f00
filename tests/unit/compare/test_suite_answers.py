"""The first sentence of a comparison of suites that are no cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.suites import view_suites
from harness.compare.comparing import Comparer, select_measured
from harness.compare.formats import make_all_tables
from harness.compare.sides import read_side
from harness.compare.summary import summarize
from harness.evidence.model import Evidence, Exit, Phase, Problem, Raised, Test
from harness.evidence.store import EvidenceStore
from harness.output.table import as_text
from harness.store.model import Results, Run
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_categories, load_signatures
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, environment, header, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.verdicts.model import Verdict

CLOSED = "Event loop is closed"
CELL = "default/function/async_fixture/aclose"
Suites = dict[str, Evidence]


def ran(broken: Sequence[str] = (), **tests: str) -> Evidence:
    """Tests with the texts of the errors that they ended in, or none, and files that could not be collected."""
    phases = {
        name: Phase(
            when="call",
            outcome="failed" if text else "passed",
            chain=(Raised(type="RuntimeError", text=text, link="surface"),) if text else (),
        )
        for name, text in tests.items()
    }
    chain = (Raised(type="ModuleNotFoundError", text="No module named 'gone'", link="surface"),)
    return Evidence(
        tests=tuple(Test(id=f"test_a.py::{name}", phases=(phase,)) for name, phase in phases.items()),
        problems=tuple(Problem(where="collect", node=name, chain=chain) for name in broken),
        finished=True,
        exit=Exit(code=int(bool(broken) or any(tests.values()))),
    )


class Sides:
    """What was run for a comparison of 0.26.0 with 1.0.0."""

    def __init__(self, folder: Path) -> None:
        self._store = EvidenceStore(folder)
        self._runs: list[Run] = []

    def add(self, before: Suites, after: Suites, python: str = "3.13.0", **cells: tuple[Verdict, Verdict]) -> Sides:
        """What the suites showed in a pair of environments, and a cell if there is one."""
        for side, (plugin, suites) in enumerate((("0.26.0", before), ("1.0.0", after))):
            where = environment(plugin, python)
            outcomes = [
                outcome(f"suite:{name}", classify(one, load_signatures()), where=where, evidence=self._store.put(one))
                for name, one in suites.items()
            ]
            outcomes += [outcome(CELL, verdicts[side], where=where) for verdicts in cells.values()]
            self._runs.append(Run(header=header(where), outcomes=tuple(outcomes)))
        return self

    def summarize(self) -> str:
        results = Results(runs=tuple(self._runs))
        sides = (read_side("0.26.0"), read_side("1.0.0"))
        measures = (select_measured(results, sides[0]), select_measured(results, sides[1]))
        comparison = Comparer(load_categories(), find_no_values, headlines=True).compare(sides, measures)
        pairs = [
            (one.pair.before.digest, one.pair.after.digest)
            for one in comparison.pairs
            if one.pair.before and one.pair.after
        ]
        suites = view_suites(results, self._store, load_categories(), pairs)
        summary = summarize(comparison, find_no_values, suites)
        first, *others = make_all_tables(comparison, find_no_values, suites=suites)
        assert as_text(first, 1000).splitlines()[2].startswith(summary[:90])
        assert not any(summary in one.lead for one in others)
        return summary


def find_no_values(_cell: str) -> Mapping[str, str]:
    return {}


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


FAILS, PASSES = ran(one=CLOSED, two=CLOSED, three=""), ran(one="", two="", three="")


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (PASSES, PASSES, "Nothing changed: no test fails."),
        (FAILS, FAILS, "The same 2 tests fail on both."),
        (ran(one="oh no", two=""), ran(one="oh no", two=""), "The same test fails on both."),
        (PASSES, FAILS, "2 of 3 tests changed."),
        (FAILS, ran(one=CLOSED, two="", three="", four=""), "2 of 4 tests changed."),
        (FAILS, ran(one=CLOSED, two="oh no", three=""), "1 of 3 tests changed."),
        (ran(["test_b.py"]), ran(["test_b.py"]), "The same file can't be collected on both."),
        (
            ran(["test_b.py", "test_c.py"], one=CLOSED),
            ran(["test_b.py", "test_c.py"], one=CLOSED),
            "The same test fails and the same 2 files can't be collected on both.",
        ),
        (ran(["test_a.py"]), PASSES, "3 of 3 tests changed, 1 file is not collected as before."),
        (ran(["test_b.py"], one=""), ran(one=""), "1 file is not collected as before."),
        (Evidence(finished=True, exit=Exit(code=5)), Evidence(finished=True, exit=Exit(code=5)), "Nothing changed."),
    ],
)
def test_one_sentence_says_what_became_of_the_tests(
    sides: Sides, before: Evidence, after: Evidence, answer: str
) -> None:
    assert sides.add({"mine": before}, {"mine": after}).summarize() == answer


def test_how_pytest_ended_is_a_change_of_the_suite_and_of_no_test(sides: Sides) -> None:
    ended = msgspec.structs.replace(PASSES, exit=Exit(code=3))
    answer = sides.add({"mine": PASSES}, {"mine": ended}).summarize()
    assert answer == (
        "No test changed, but the suite as a whole did: clean (3 passed) → ended with exit code 3 (3 passed)."
    )


def test_of_several_pairs_of_environments_it_holds_for_all_or_says_that_some_differ(
    sides: Sides, tmp_path: Path
) -> None:
    assert sides.add({"mine": FAILS}, {"mine": FAILS}).add({"mine": FAILS}, {"mine": FAILS}, "3.12.0").summarize() == (
        "The same 2 tests fail everywhere."
    )
    differing = Sides(tmp_path).add({"mine": FAILS}, {"mine": FAILS}).add({"mine": PASSES}, {"mine": PASSES}, "3.12.0")
    assert differing.summarize() == "Nothing changed: in each pair of environments the same fails on both sides."
    one = Sides(tmp_path).add({"mine": FAILS}, {"mine": PASSES}).add({"mine": PASSES}, {"mine": PASSES}, "3.12.0")
    assert one.summarize() == "2 of 3 tests changed in at least one of 2 pairs of environments."


def test_several_suites_have_a_sentence_each_and_cells_beside_them_are_counted_without_them(sides: Sides) -> None:
    before, after = {"mine": FAILS, "yours": PASSES}, {"mine": FAILS, "yours": FAILS}
    both = "mine: The same 2 tests fail on both. yours: 2 of 3 tests changed."
    sides.add(before, after)
    assert sides.summarize() == both
    sides.add({}, {}, cell=(CLEAN, DIFFERENT))
    assert sides.summarize() == f"{both} 0 cells are the same, 1 changed."
    assert sides.summarize().count("cell") == 1


def test_repeats_that_fail_now_and_then_are_called_so(sides: Sides) -> None:
    sides.add({"mine": FAILS}, {"mine": FAILS}).add({"mine": PASSES}, {"mine": PASSES})
    assert sides.summarize() == "No test changed, but not all runs of the suite show the same."
