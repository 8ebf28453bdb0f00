"""The index of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.knowledge.outcomes import Outcomes, rank_sample, sort_versions
from harness.store.model import Results
from harness.store.writing import RunWriter
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, LEAKS, REMOVED, environment, header, outcome, put, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.store.model import Run

CELL = "default/session/async_fixture/aclose"
OTHER = "default/function/async_fixture/aclose"
HERE = environment()
LATER = "20261123T125500Z-4f2a"
GONE = Verdict(status=Status.INFRASTRUCTURE, reason="the server was gone")


def index(*runs: Run) -> Outcomes:
    return Outcomes(Results(runs=runs))


def test_the_newest_run_of_a_cell_counts_in_whatever_order_files_are_read() -> None:
    old, new = run_of({CELL: DIFFERENT, OTHER: CLEAN}), run_of({CELL: CLEAN}, run=LATER)
    for found in (index(old, new), index(new, old)):
        assert found.verdict(CELL, HERE.digest) == CLEAN
        assert found.verdict(OTHER, HERE.digest) == CLEAN


def test_a_cell_that_is_only_sometimes_clean_is_not_clean() -> None:
    samples = (outcome(CELL, CLEAN), outcome(CELL, DIFFERENT, sample=1), outcome(CELL, CLEAN, sample=2))
    run = msgspec.structs.replace(run_of({}), outcomes=samples)
    assert index(run).verdict(CELL, HERE.digest) == DIFFERENT


def test_what_the_machine_failed_was_not_measured() -> None:
    found = index(run_of({CELL: DIFFERENT}), run_of({CELL: GONE, OTHER: GONE}, run=LATER))
    assert found.verdict(CELL, HERE.digest) == DIFFERENT
    assert found.verdict(OTHER, HERE.digest) is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_a_sample_that_was_not_measured_says_nothing_beside_those_that_were(order: tuple[int, ...]) -> None:
    shown = (GONE, DIFFERENT, CLEAN)
    samples = tuple(outcome(CELL, shown[number], sample=number) for number in order)
    assert index(msgspec.structs.replace(run_of({}), outcomes=samples)).verdict(CELL, HERE.digest) == DIFFERENT
    assert max((one.verdict.status for one in samples), key=rank_sample) is Status.REPRODUCES


def test_what_the_machine_failed_here_hides_nothing_of_the_baseline(tmp_path: Path) -> None:
    put(tmp_path / "baseline", run_of({CELL: DIFFERENT}))
    put(tmp_path / "results", run_of({CELL: GONE}, run=LATER))
    found = Outcomes.read(tmp_path / "results", tmp_path / "baseline", samples=True)
    assert found.verdict(CELL, HERE.digest) == DIFFERENT


def test_a_release_counts_only_where_nothing_else_was_measured_on_it() -> None:
    found = index(
        run_of({CELL: CLEAN}, environment("1.5.0")),
        run_of({CELL: LEAKS}, environment("1.5.0", "3.8.1")),
        run_of({CELL: CLEAN}, environment("0.26.0")),
        run_of({CELL: REMOVED}, environment("0.26.0", "3.8.1")),
    )
    places = found.find_places(CELL, Status.CLEAN, "valkey")
    assert (places.releases, places.systems) == (("0.26.0",), ("linux-x86_64",))
    assert found.find_places(CELL, Status.LEAKS, "valkey").releases == ()
    assert found.find_places(CELL, Status.WARNS, "valkey").releases == ()
    assert found.find_places(CELL, Status.CLEAN, "redis").releases == ()


def test_cells_that_are_not_in_the_catalogue_any_more_are_left_out_of_lists() -> None:
    found = index(run_of({OTHER: CLEAN, "default/function/gone/aclose": CLEAN, "suite:mine": CLEAN}))
    assert found.list_cells(HERE.digest, Status.CLEAN) == (OTHER,)


def test_shares_count_what_could_run() -> None:
    found = index(run_of({CELL: DIFFERENT, OTHER: CLEAN, "default/function/event_loop_fixture/aclose": REMOVED}))
    shares = found.find_clean_shares(HERE.digest)
    assert shares["fixture_scope", "function"] == 1
    assert shares["cleanup_style", "aclose"] == 0.5
    assert ("creation_site", "event_loop_fixture") not in shares


def test_evidence_is_looked_up_in_the_file_that_has_it(tmp_path: Path) -> None:
    with RunWriter(tmp_path, header(HERE)) as writer:
        writer.write(outcome(OTHER, CLEAN, evidence="a" * 64))
    found = Outcomes.read(tmp_path, tmp_path / "none")
    known = found.outcome(OTHER, HERE.digest)
    assert known is not None
    assert known.evidence == ""
    assert found.find_evidence(known) == "a" * 64


def test_versions_are_in_their_order_whatever_files_name() -> None:
    assert sort_versions({"1.10.0", "1.9.0", "none", "0.26.0"}) == ("none", "0.26.0", "1.9.0", "1.10.0")


verdicts = st.dictionaries(st.sampled_from((CELL, OTHER)), st.sampled_from((CLEAN, DIFFERENT, LEAKS)))
elsewhere = st.tuples(st.sampled_from(("0.26.0", "1.4.1")), st.sampled_from(("3.12.0", "3.13.0")), verdicts)


@settings(max_examples=50, deadline=None)
@given(here=verdicts, others=st.lists(elsewhere, max_size=4))
def test_results_of_other_environments_never_change_which_cells_are_clean_here(
    here: dict[str, Verdict], others: list[tuple[str, str, dict[str, Verdict]]]
) -> None:
    alone = index(run_of(here, HERE))
    together = index(run_of(here, HERE), *(run_of(found, environment(one, python)) for one, python, found in others))
    for status in Status:
        assert together.list_cells(HERE.digest, status) == alone.list_cells(HERE.digest, status)


def test_an_environment_in_which_only_suites_of_ones_own_ran_is_none_that_was_measured() -> None:
    assert not index(run_of({"suite:mine": CLEAN})).environments
    assert index(run_of({"suite:mine": CLEAN, CELL: CLEAN})).environments
