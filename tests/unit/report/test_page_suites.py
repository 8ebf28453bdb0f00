"""Suites of the user's own in the page, with the cures that were proven for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.analysis.suite_words import FOLDER as WORDS
from harness.analysis.suite_words import SUFFIX as WORDS_SUFFIX
from harness.analysis.suite_words import read_suite_words, write_suite_words
from harness.analysis.suites import view_suites
from harness.cli.options import MatrixOptions
from harness.cure.stored import FOLDER, SUFFIX, StoredCure, StoredCures, read_cures, write_cures
from harness.evidence.model import Evidence, Exit, Phase, Raised, Test
from harness.evidence.store import EvidenceStore
from harness.report.measured import select_measured_outcomes
from harness.report.suites import make_page_suites
from harness.store.model import Run
from harness.store.reading import read_results
from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_categories, load_signatures
from tests.unit.store.made_up_results import environment, header, outcome, put

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.model import PageSuite

LOOP = "got Future <Future pending> attached to a different loop"
CURES = StoredCures(
    suite="suite:mine",
    environments=(environment("1.5.0").id,),
    cures=(StoredCure(change="one loop for all", patch="--- a\n+++ b\n", proof="Proven by 3 runs."),),
)


def ran(**tests: str) -> Evidence:
    """Tests by name, each with the text of the error that it ended in, or none."""
    found = [
        Test(
            id=f"test_a.py::{name}",
            phases=(
                Phase(
                    when="call",
                    outcome="failed" if text else "passed",
                    chain=(Raised(type="RuntimeError", text=text, link="surface"),) if text else (),
                ),
            ),
        )
        for name, text in tests.items()
    ]
    return Evidence(tests=tuple(found), finished=True, exit=Exit(code=int(any(tests.values()))))


def make(folder: Path, **by_release: Evidence) -> tuple[PageSuite, ...]:
    """The suite `mine` on some releases, named `v1_5_0`."""
    store = EvidenceStore(folder)
    for name, evidence in by_release.items():
        where = environment(name.removeprefix("v").replace("_", "."))
        one = outcome("suite:mine", classify(evidence, load_signatures()), where=where, evidence=store.put(evidence))
        put(folder, Run(header=header(where), outcomes=(one,)))
    results = read_results(folder)
    files = frozenset(run.file for run in results.runs)
    return make_page_suites(results, select_measured_outcomes(results), files)


def test_where_no_test_was_run_there_is_none_to_count(tmp_path: Path) -> None:
    (suite,) = make(tmp_path, v0_26_0=Evidence(finished=True, exit=Exit(code=5)), v1_5_0=ran(test_a=""))
    assert suite.tests == ("test_a.py::test_a",)
    assert (suite.texts, suite.outcomes) == (("passed",), {0: (-1,), 1: (0,)})
    assert suite.headlines[0] == "no-tests: pytest found no test to run, exit code 5"


def test_each_test_has_what_became_of_it_in_each_environment(tmp_path: Path) -> None:
    (suite,) = make(tmp_path, v0_26_0=ran(test_a="", test_b="boom"), v1_5_0=ran(test_a=LOOP, test_c=""))
    assert suite.name == "mine"
    assert suite.tests == ("test_a.py::test_a", "test_a.py::test_b", "test_a.py::test_c")
    shown = {
        place: [suite.texts[text] if text >= 0 else None for text in texts] for place, texts in suite.outcomes.items()
    }
    assert shown == {
        0: ["passed", "failed: RuntimeError: boom", None],
        1: ["failed: different-loop", None, "passed"],
    }
    ranks = dict(zip(suite.texts, suite.ranks, strict=True))
    assert ranks["failed: different-loop"] < ranks["failed: RuntimeError: boom"] < ranks["passed"]


def test_the_headlines_are_those_that_matrix_prints(tmp_path: Path) -> None:
    (suite,) = make(tmp_path, v0_26_0=ran(test_a=""), v1_5_0=ran(test_a=LOOP))
    (view,) = view_suites(read_results(tmp_path), EvidenceStore(tmp_path), load_categories())
    assert list(suite.headlines.values()) == view.headlines()


def test_proven_cures_are_those_that_cure_keeps_for_the_suite(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    write_cures(tmp_path / FOLDER, CURES)
    write_cures(tmp_path / FOLDER, StoredCures(suite="suite:other", environments=(), cures=CURES.cures))
    (suite,) = make(tmp_path, v1_5_0=ran(test_a=LOOP))
    (cure,) = suite.cures
    assert (cure.change, cure.patch, cure.environments) == ("one loop for all", "--- a\n+++ b\n", CURES.environments)


def test_a_later_search_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    write_cures(tmp_path, CURES)
    later = StoredCures(suite=CURES.suite, environments=CURES.environments, cures=())
    write_cures(tmp_path, later)
    assert list(read_cures(tmp_path)) == [later]


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"suite": 1}', b"[]", b"\xff", b'{"suite":"x","environments":[],"cures":[{}]}']
)
def test_a_file_that_is_no_cures_is_passed_over(text: bytes, tmp_path: Path) -> None:
    (tmp_path / f"a{SUFFIX}").write_bytes(text)
    write_cures(tmp_path, CURES)
    assert list(read_cures(tmp_path)) == [CURES]


def test_a_suite_is_named_in_commands_as_it_was_when_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "our shop" / "mine").mkdir(parents=True)
    (tmp_path / "our shop" / "mine" / "test_a.py").write_text("def test_a(): pass\n")
    suites = load_suites([tmp_path / "our shop" / "mine"], Conditions())
    options = MatrixOptions(
        client="redis", pytest_asyncio_versions=("1.5.0",), variables=("TOKEN=secret",), results=tmp_path / "kept"
    )
    write_suite_words(tmp_path, options, suites)
    (suite,) = make(tmp_path, v1_5_0=ran(test_a=LOOP))
    assert suite.words == "'our shop/mine' --client redis --env TOKEN=VALUE --results kept"


def test_of_a_suite_whose_evidence_is_gone_the_results_still_say_what_became_of_it(tmp_path: Path) -> None:
    make(tmp_path, v0_26_0=ran(test_a=""), v1_5_0=ran(test_a=LOOP))
    there = EvidenceStore(tmp_path).put(ran(test_a=""))
    for path in (tmp_path / "evidence").rglob("*.gz"):
        if there[:8] not in str(path):
            path.unlink()
    results = read_results(tmp_path)
    files = frozenset(run.file for run in results.runs)
    (suite,) = make_page_suites(results, select_measured_outcomes(results), files)
    assert suite.unseen == (1,)
    assert suite.headlines[1] == "different-loop in 1 test (F)"
    assert suite.words == ""


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"suite": 1, "words": []}', b"[]", b'{"suite":"suite:mine","words":[1]}']
)
def test_a_file_that_is_no_words_is_passed_over(text: bytes, tmp_path: Path) -> None:
    (tmp_path / WORDS).mkdir()
    (tmp_path / WORDS / f"a{WORDS_SUFFIX}").write_bytes(text)
    assert read_suite_words(tmp_path) == {}


def test_without_suites_there_is_nothing(tmp_path: Path) -> None:
    put(tmp_path, Run(header=header(), outcomes=(outcome("default/function/async_fixture/aclose"),)))
    results = read_results(tmp_path)
    assert make_page_suites(results, select_measured_outcomes(results), {results.runs[0].file}) == ()
