"""Which results a report is about."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.cli.options import ReportOptions
from harness.errors import NothingSelectedError, UnknownNameError, UsageError
from harness.report.choosing import choose_newest, read_chosen, read_run_and_baseline, read_whole
from harness.store.model import Results
from harness.verdicts.model import Status, Verdict
from tests.unit.report.made_up_report import GLOBAL, NEW, OLD, PLAIN
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, MASKED, environment, outcome, put, run_of

FIRST, SECOND = "20261101T000000Z-aaaa", "20261102T000000Z-bbbb"
GONE = Verdict(status=Status.INFRASTRUCTURE, reason="the server went away")


def list_outcomes(results: Results) -> list[tuple[str, str, Status]]:
    return sorted((one.environment, one.cell, one.verdict.status) for run in results.runs for one in run.outcomes)


def test_the_newest_run_of_a_cell_counts_with_all_its_samples() -> None:
    newer = run_of({GLOBAL: CLEAN}, OLD, run=SECOND)
    newer = msgspec.structs.replace(
        newer, outcomes=(*newer.outcomes, outcome(GLOBAL, DIFFERENT, where=OLD, run=SECOND, sample=1))
    )
    older = run_of({GLOBAL: MASKED, PLAIN: CLEAN}, OLD, run=FIRST)
    chosen = choose_newest(Results(runs=(newer, older)))
    assert list_outcomes(chosen) == [
        (OLD.id, PLAIN, Status.CLEAN),
        (OLD.id, GLOBAL, Status.CLEAN),
        (OLD.id, GLOBAL, Status.REPRODUCES),
    ]


def test_a_run_that_could_not_measure_a_cell_does_not_hide_one_that_did() -> None:
    runs = (run_of({GLOBAL: CLEAN, PLAIN: GONE}, OLD, run=FIRST), run_of({GLOBAL: GONE, PLAIN: GONE}, OLD, run=SECOND))
    chosen = choose_newest(Results(runs=runs))
    assert [(one.cell, one.run) for run in chosen.runs for one in run.outcomes] == [(GLOBAL, FIRST), (PLAIN, SECOND)]


def test_a_page_that_others_read_says_nothing_of_where_folders_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = put(tmp_path / "own", run_of({GLOBAL: CLEAN}, OLD, run=FIRST))
    assert read_chosen(ReportOptions(places=(own,))).sources == "own"
    monkeypatch.chdir(tmp_path)
    assert read_chosen(ReportOptions(places=(own,))).sources == "own"
    monkeypatch.chdir(own)
    assert read_chosen(ReportOptions(places=(Path("../own"),))).sources == "../own"


def test_what_is_read_twice_counts_once() -> None:
    run = run_of({GLOBAL: CLEAN, PLAIN: CLEAN}, OLD)
    twice = msgspec.structs.replace(run, outcomes=run.outcomes * 2)
    assert choose_newest(Results(runs=(twice, run))) == Results(runs=(run,))


def test_results_of_one_s_own_come_before_the_baseline_and_named_places_alone(tmp_path: Path) -> None:
    own = put(tmp_path / "own", run_of({GLOBAL: MASKED}, OLD, run=FIRST))
    baseline = put(tmp_path / "baseline", run_of({GLOBAL: CLEAN, PLAIN: CLEAN}, OLD, run=SECOND))
    chosen = read_chosen(ReportOptions(results=own, baseline=baseline))
    assert list_outcomes(chosen.results) == [(OLD.id, PLAIN, Status.CLEAN), (OLD.id, GLOBAL, Status.REPRODUCES)]
    named = read_chosen(ReportOptions(places=(own,), results=tmp_path / "none", baseline=baseline))
    assert list_outcomes(named.results) == [(OLD.id, GLOBAL, Status.REPRODUCES)]
    assert named.where == f"{own}"


def test_a_run_is_compared_with_the_baseline_and_the_baseline_with_nothing(tmp_path: Path) -> None:
    own = put(tmp_path / "own", run_of({GLOBAL: MASKED}, OLD))
    baseline = put(tmp_path / "baseline", run_of({GLOBAL: CLEAN}, OLD))
    run, before = read_run_and_baseline(ReportOptions(results=own, baseline=baseline))
    assert before is not None
    assert [list_outcomes(each)[0][2] for each in (run.results, before)] == [Status.REPRODUCES, Status.CLEAN]
    (tmp_path / "empty").mkdir()
    alone, before = read_run_and_baseline(ReportOptions(results=tmp_path / "empty", baseline=baseline))
    assert (alone.where, before) == (f"{baseline}", None)


def test_versions_cells_and_values_narrow_it(tmp_path: Path) -> None:
    old = environment("0.26.0", "3.12.1")
    place = put(
        tmp_path / "own", *(run_of({GLOBAL: CLEAN, PLAIN: MASKED, "suite:mine": CLEAN}, at) for at in (old, NEW))
    )

    def choose(**named: tuple[str, ...]) -> set[tuple[str, str]]:
        chosen = read_chosen(ReportOptions(places=(place,), **named))  # type: ignore[arg-type]
        return {(one.environment, one.cell) for run in chosen.results.runs for one in run.outcomes}

    assert len(choose()) == 6
    assert choose(cells=(GLOBAL, "suite:mine"), python_versions=("3.12",)) == {(old.id, GLOBAL), (old.id, "suite:mine")}
    assert choose(select=("creation_site=async_fixture",), pytest_asyncio_versions=("newest",)) == {(NEW.id, PLAIN)}
    assert {where for where, _ in choose(pytest_asyncio_versions=("0.26.0", "1.0.0"), python_versions=("newest",))} == {
        NEW.id
    }


@pytest.mark.parametrize(
    ("named", "kind", "text"),
    [
        ({"pytest_asyncio_versions": ("9.9.9",)}, UnknownNameError, "'9.9.9'"),
        ({"python_versions": ("3.7",)}, UnknownNameError, "'3.7'"),
        ({"cells": ("default/sesion/module_global/none",)}, UnknownNameError, "'session'"),
        ({"cells": ("suite:other",)}, NothingSelectedError, "no results of the cell 'suite:other'"),
        ({"select": ("fixture_scope=session",)}, NothingSelectedError, "is selected"),
        ({"select": ("fixture_scope=wide",)}, UsageError, "Unknown value"),
    ],
)
def test_what_is_not_there_is_an_error_that_names_it(
    named: dict[str, tuple[str, ...]], kind: type[UsageError], text: str, tmp_path: Path
) -> None:
    place = put(tmp_path / "own", run_of({GLOBAL: CLEAN}, OLD))
    with pytest.raises(kind) as caught:
        read_chosen(ReportOptions(places=(place,), **named))  # type: ignore[arg-type]
    assert text in f"{caught.value}"


def test_a_folder_without_results_is_an_error_that_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text("{}\n")
    with pytest.raises(NothingSelectedError, match=r"There are no results in .*broken\.jsonl:1"):
        read_chosen(ReportOptions(places=(tmp_path,)))
    with pytest.raises(UsageError, match="There are no results at"):
        read_chosen(ReportOptions(places=(tmp_path / "none",)))


def test_a_verdict_that_contradicts_others_of_one_run_and_sample_is_read_as_it_was_chosen(tmp_path: Path) -> None:
    finding = msgspec.structs.replace(DIFFERENT.findings[0], sample="got Future attached to a different loop")
    erring = msgspec.structs.replace(DIFFERENT, findings=(finding,))
    run = run_of({GLOBAL: CLEAN, PLAIN: CLEAN}, OLD)
    first, last = run.outcomes
    run = msgspec.structs.replace(run, outcomes=(first, first, outcome(GLOBAL, erring, where=OLD), last))
    chosen = read_chosen(ReportOptions(places=(put(tmp_path / "own", run),)))
    whole = [one.verdict for read in read_whole(chosen.results) for one in read.outcomes]
    assert whole == [CLEAN, erring, CLEAN]


def test_all_of_an_outcome_is_read_of_those_that_are_chosen(tmp_path: Path) -> None:
    runs = (run_of({GLOBAL: CLEAN, PLAIN: MASKED}, OLD, run=FIRST), run_of({GLOBAL: DIFFERENT}, OLD, run=SECOND))
    place = put(tmp_path / "own", *runs)
    both = tmp_path / "both.jsonl"
    both.write_bytes(b"".join(path.read_bytes() for path in sorted(place.iterdir())))
    for places in ((place,), (both,), (place, both)):
        whole = read_whole(read_chosen(ReportOptions(places=places)).results)
        outcomes = [one for run in whole for one in run.outcomes]
        assert outcomes == [runs[0].outcomes[1], runs[1].outcomes[0]]
