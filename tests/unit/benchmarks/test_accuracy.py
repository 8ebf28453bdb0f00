from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmarks.accuracy import cure
from benchmarks.accuracy.__main__ import find_measure
from benchmarks.accuracy.explain import measure_near_misses, measure_samples, measure_unrelated
from benchmarks.accuracy.model import Accuracy, AccuracyPart, Figure
from benchmarks.accuracy.options import PARTS
from benchmarks.accuracy.outputs import change_text, load_runs
from benchmarks.accuracy.tables import make_tables
from harness.catalogue.loading import load_catalogue
from harness.cure.search import Findings
from harness.environments.provisioning import Provisioner
from harness.reported.report import load_reports


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_measured(part: str) -> None:
    assert callable(find_measure(part))


def test_every_text_of_a_signature_is_named_by_it() -> None:
    assert measure_samples().wrong == ()


def test_no_text_that_is_nearly_a_signature_s_is_named_by_it() -> None:
    assert measure_near_misses().wrong == ()


def test_two_hundred_errors_of_others_get_no_name() -> None:
    figure = measure_unrelated()
    assert figure.wrong == ()
    assert figure.of >= 200


def test_there_are_forty_real_runs_of_cells_and_reports_that_there_are() -> None:
    runs = load_runs()
    catalogue = load_catalogue()
    assert len(runs) >= 40
    assert {run.report for run in runs if run.report} <= {one.name for one in load_reports()}
    assert [run.cell for run in runs if run.cell and catalogue.parse(run.cell).id != run.cell] == []


@pytest.mark.parametrize("change", sorted({run.change for run in load_runs()}))
def test_a_changed_output_has_its_text(change: str) -> None:
    assert b"R\0" in change_text(b"E   RuntimeError\n", change) or b"RuntimeError" in change_text(
        b"E   RuntimeError\n", change
    )


def test_a_search_that_was_interrupted_ends_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted = SimpleNamespace(findings=Findings(interrupted=True), has_errors=True)
    monkeypatch.setattr(cure, "search_suite", lambda *_: interrupted)
    with pytest.raises(KeyboardInterrupt):
        cure.measure_suite(cure.FailingSuite(name="a", files={"test_a.py": ""}, pins=()), Provisioner())


def test_a_figure_that_misses_its_goal_shows_what_is_wrong() -> None:
    figure = Figure(name="texts", right=1, of=2, wrong=("the second",))
    accuracy = Accuracy(harness="1", machine="Linux", parts=(AccuracyPart(name="explain", figures=(figure,)),))
    (table,) = make_tables(accuracy)
    assert not figure.met
    assert table.rows == (("texts", "1", "2", "50.0%", "100%"),)
    assert table.details == ("the second",)


def test_nothing_measured_reaches_no_goal() -> None:
    assert not Figure(name="texts", right=0, of=0).met
