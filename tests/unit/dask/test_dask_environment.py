"""One environment at the client: what runs, in which pieces, and where that is stored which workers send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.dask.environment import DaskPlace, SpreadEnvironment
from harness.dask.model import EnvironmentAnswer, Failure, Piece, PieceAnswer, WorkerError
from harness.environments.model import EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.releases import load_releases
from harness.errors import InfrastructureError
from harness.evidence.store import FOLDER, EvidenceStore
from harness.output.progress import Silence
from harness.pipeline.settings import Recording, Site
from harness.planning.costs import Estimator, load_costs
from harness.planning.plan import Plan
from harness.store.model import Machine
from harness.store.reading import read_results
from harness.verdicts.model import Status
from tests.unit.pipeline.made_up_run import CELLS, REQUESTS, FakeLauncher, FakeProvisioner, FakeServer, execute

if TYPE_CHECKING:
    from pathlib import Path

SMALL, LARGE = (Machine(system=f"Linux 6.{cores}.0", architecture="x86_64", cores=cores) for cores in (2, 8))
REQUEST = REQUESTS[0]
PYTHON = Interpreter(version="3.12.1", executable="")
ESTIMATOR = Estimator(costs=load_costs(), catalogue=load_catalogue(), releases=load_releases())
RUNS = {(cell.id, sample) for cell in CELLS for sample in (0, 1)}


def make_environment(folder: Path, *, run: str = "1", repeat: int = 2) -> SpreadEnvironment:
    recording = Recording(
        plan=Plan(cells=CELLS, requests=(REQUEST,), repeat=repeat, profile="quick"),
        catalogue=load_catalogue(),
        catalogue_digest="",
        probe_digest="",
        progress=Silence(),
        evidence=EvidenceStore(folder / "results"),
        folder=folder / "results",
        limit=1.0,
        run=run,
    )
    sites = tuple(
        Site(machine=machine, server=FakeServer.info, launcher=FakeLauncher.name) for machine in (SMALL, LARGE)
    )
    return SpreadEnvironment(recording, REQUEST, DaskPlace(system="linux-x86_64", interpreter=PYTHON, sites=sites))


def list_pieces(environment: SpreadEnvironment, length: float = 100.0) -> list[Piece]:
    template = Piece(
        run=environment.recording.run,
        number=0,
        request=EnvironmentRequest(python="", plugin=""),
        python="",
        cells=(),
        samples=(),
        profile="quick",
        server=None,
        launcher=None,
        jobs=None,
        limit=1.0,
        memory=1,
        recheck=0.0,
    )
    answer = EnvironmentAnswer(environment=FakeProvisioner().describe(REQUEST))
    return environment.list_pieces(answer, template, ESTIMATOR, length)


def run_piece(folder: Path, piece: Piece, machine: Machine) -> PieceAnswer:
    """What a worker on that machine sends."""
    plan = Plan(
        cells=tuple(map(load_catalogue().parse, piece.cells)),
        requests=(piece.request,),
        repeat=9,
        samples=piece.samples,
        profile="quick",
    )
    folder.mkdir()
    execute(folder, FakeLauncher(), FakeProvisioner(), plan=plan, run=piece.run, machine=machine)
    results = folder / "results"
    (lines,) = results.glob("*.jsonl")
    evidence = {path.name.partition(".")[0]: path.read_bytes() for path in (results / FOLDER).rglob("*.gz")}
    return PieceAnswer(lines=lines.read_bytes(), evidence=evidence)


def test_pieces_have_every_run_of_a_cell_once_and_all_runs_of_a_cell_are_in_one(tmp_path: Path) -> None:
    pieces = list_pieces(make_environment(tmp_path), length=0.0)
    assert [piece.cells for piece in pieces] == [(cell.id,) for cell in CELLS]
    assert {piece.samples for piece in pieces} == {(0, 1)}
    assert {(piece.request, piece.python) for piece in pieces} == {(REQUEST, PYTHON.version)}
    (whole,) = list_pieces(make_environment(tmp_path))
    assert set(whole.cells) == {cell.id for cell in CELLS}


def test_what_unlike_workers_measured_is_in_files_of_its_own_and_nothing_of_it_runs_again(tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    for number, piece in enumerate(list_pieces(environment, length=0.0)):
        environment.store(piece, run_piece(tmp_path / f"{number}", piece, (SMALL, LARGE)[number % 2]))
    runs = read_results(tmp_path / "results").runs
    assert {run.header.machine: len(run.outcomes) for run in runs} == {SMALL: 4, LARGE: 2}
    assert not any(run.interrupted for run in runs)
    assert {(one.cell, one.sample) for run in runs for one in run.outcomes} == RUNS

    assert list_pieces(make_environment(tmp_path, run="2")) == []
    again = [run for run in read_results(tmp_path / "results").runs if run.header.run == "2"]
    assert {run.header.machine: len(run.outcomes) for run in again} == {SMALL: 4, LARGE: 2}
    assert {one.reused_from for run in again for one in run.outcomes} == {"1"}
    assert not any(run.interrupted for run in again)
    (more,) = list_pieces(make_environment(tmp_path, run="3", repeat=4))
    assert more.samples == (2, 3)


def test_what_came_before_a_worker_failed_is_kept_and_runs_no_more(tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    first, second, *_ = list_pieces(environment, length=0.0)
    environment.store(first, run_piece(tmp_path / "1", first, SMALL))
    failure = Failure(problem="The disk is full.", remedy="Make room.", exit_code=3, worker="tcp://10.0.0.7:1")
    with pytest.raises(WorkerError, match=r"On the worker tcp://10.0.0.7:1: The disk is full\.\n  → Make room\."):
        environment.store(second, msgspec.structs.replace(run_piece(tmp_path / "2", second, SMALL), failure=failure))
    environment.close()
    (run,) = read_results(tmp_path / "results").runs
    assert run.interrupted
    assert {one.cell for one in run.outcomes} == {*first.cells, *second.cells}
    (rest,) = list_pieces(make_environment(tmp_path, run="2"))
    assert {*rest.cells} == {cell.id for cell in CELLS} - {*first.cells, *second.cells}


def test_outcomes_that_are_missing_or_without_their_evidence_end_the_run(tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    first, second, _ = list_pieces(environment, length=0.0)
    answer = run_piece(tmp_path / "1", first, SMALL)
    with pytest.raises(InfrastructureError, match="without their evidence"):
        environment.store(first, msgspec.structs.replace(answer, evidence={}))
    with pytest.raises(InfrastructureError, match="other outcomes than those of the 2 cells"):
        environment.store(second, answer)


def test_an_environment_that_can_not_be_had_is_recorded_and_nothing_runs(tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    template = list_pieces(make_environment(tmp_path))[0]
    answer = EnvironmentAnswer(unresolvable=Unresolvable(request=REQUEST, id="linux/x", reason="no such release"))
    assert environment.list_pieces(answer, template, ESTIMATOR, 1.0) == []
    (run,) = read_results(tmp_path / "results").runs
    assert [one.verdict.status for one in run.outcomes] == [Status.UNRESOLVABLE] * len(CELLS)
    assert not run.interrupted
