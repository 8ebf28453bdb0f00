"""What is kept beside a baseline of what was seen when it was measured."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.highlights import load_highlights
from harness.evidence.store import EvidenceStore
from harness.report.evidence import collect_evidence, reduce_evidence
from harness.report.kept import FILE, find_kept, keep_runs, read_kept
from harness.report.measured import select_measured_outcomes
from harness.store.condensing import condense, write_condensed
from harness.store.model import Run
from harness.store.reading import read_results
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.unit.report.test_page_evidence import SEEN, plain
from tests.unit.store.made_up_results import RUN, environment, header, outcome, put

if TYPE_CHECKING:
    from pathlib import Path

    from harness.environments.model import Environment
    from harness.report.model import PageEvidence

KNOWN = load_highlights()[0].cell
OTHER = "debug/class/app_lifespan/asyncio_run@workload=gather"
NEW, OLD = environment("1.5.0"), environment("1.4.1")
LATER = "20261123T125500Z-4f2a"


def measure(folder: Path, where: Environment, *, run: str = RUN) -> Run:
    """Both cells, with evidence."""
    verdict = classify(SEEN, load_signatures())
    hashes = [EvidenceStore(folder).put(one) for one in (SEEN, plain(1))]
    outcomes = (
        outcome(KNOWN, verdict, where=where, evidence=hashes[0], run=run),
        outcome(OTHER, verdict, where=where, evidence=hashes[1], run=run),
    )
    made = Run(header=header(where, run=run), outcomes=outcomes)
    put(folder, made)
    return made


def see(folder: Path) -> PageEvidence:
    """What a page of these results shows."""
    results = read_results(folder)
    measured = select_measured_outcomes(results)
    numbers = [list(range(len(measured.cells))) for _ in measured.columns]
    return collect_evidence(measured, results, 100, numbers, find_kept([folder]))


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """Two environments, without their evidence."""
    into = tmp_path / "baseline"
    for where in (OLD, NEW):
        write_condensed(into, condense(measure(tmp_path / "new", where)))
    assert keep_runs(into, tmp_path / "new") == into / FILE
    return into


def test_of_the_newest_environment_the_well_known_cells_are_drawn_without_evidence(baseline: Path) -> None:
    found = see(baseline)
    (place,) = (
        place
        for place, one in enumerate(select_measured_outcomes(read_results(baseline)).environments)
        if one.plugin == NEW.plugin
    )
    cells = select_measured_outcomes(read_results(baseline)).cells
    assert found.found == {place: {cells.index(KNOWN): 0}}
    assert found.runs == (reduce_evidence(SEEN, classify(SEEN, load_signatures())),)


def test_it_is_the_same_bytes_each_time_and_no_file_of_results(baseline: Path, tmp_path: Path) -> None:
    before = (baseline / FILE).read_bytes()
    assert keep_runs(baseline, tmp_path / "new") == baseline / FILE
    assert (baseline / FILE).read_bytes() == before
    assert not read_results(baseline).broken
    assert len(read_results(baseline).runs) == 2


def test_it_is_of_one_run_and_shown_for_no_other(baseline: Path, tmp_path: Path) -> None:
    write_condensed(baseline, condense(measure(tmp_path / "later", NEW, run=LATER)))
    assert see(baseline).runs == ()


def test_where_the_evidence_is_gone_what_is_kept_stays(baseline: Path, tmp_path: Path) -> None:
    before = (baseline / FILE).read_bytes()
    for path in (tmp_path / "new" / "evidence").rglob("*.gz"):
        path.unlink()
    assert keep_runs(baseline, tmp_path / "new") is None
    assert (baseline / FILE).read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"{}"), gzip.compress(b'{"cells": 1}')],
    ids=["empty", "no gzip", "nothing in it", "another type"],  # as they are packed, they show the time
)
def test_a_file_that_can_not_be_read_is_passed_over(baseline: Path, content: bytes) -> None:
    (baseline / FILE).write_bytes(content)
    assert see(baseline).runs == ()


def test_a_cell_that_names_a_run_that_is_not_there_makes_the_file_one_that_can_not_be_read(baseline: Path) -> None:
    kept = read_kept(baseline)
    assert kept is not None
    wrong = msgspec.structs.replace(kept, cells={KNOWN: 7})
    (baseline / FILE).write_bytes(gzip.compress(msgspec.json.encode(wrong)))
    assert read_kept(baseline) is None
