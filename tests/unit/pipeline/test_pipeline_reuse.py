"""What earlier runs in the folder measured is taken over and not run again."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.errors import InfrastructureError
from harness.evidence.model import Evidence, Exit, Phase, Raised, Timings
from harness.evidence.model import Test as Ran
from harness.planning.plan import Plan
from harness.store.reading import read_results
from harness.verdicts.model import Status
from harness.verdicts.observations import ObservationKind
from harness.verdicts.signatures import Match, Signature, SignatureCategory, load_signatures
from tests.unit.pipeline.made_up_run import CATALOGUE, CELLS, REQUESTS, FakeLauncher, FakeProvisioner, execute

if TYPE_CHECKING:
    from harness.launchers.model import Job
    from harness.store.model import Outcome, Run

WHOLE = 14  # three cells twice and the reference, in two environments


class Folder:
    """A folder in which plans are executed one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, launcher: FakeLauncher | None = None, **changed: Any) -> FakeLauncher:
        """Execute the plan; how many suites it has run, the launcher knows."""
        launcher = launcher or FakeLauncher()
        self.provisioner = FakeProvisioner()
        changed.setdefault("run", f"2026112{len(self.runs())}T000000Z-0000")
        execute(self.path, launcher, self.provisioner, **changed)
        return launcher

    def runs(self) -> list[Run]:
        """All that is in the folder."""
        if not (self.path / "results").exists():
            return []
        return list(read_results(self.path / "results").runs)

    def newest(self) -> list[Outcome]:
        """The outcomes of the newest run."""
        runs = self.runs()
        newest = max(run.header.run for run in runs)
        return [outcome for run in runs if run.header.run == newest for outcome in run.outcomes]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def plan(repeat: int = 2, cells: int = 3) -> Plan:
    return Plan(cells=CELLS[:cells], requests=REQUESTS, repeat=repeat, profile="quick")


def test_the_same_again_runs_nothing_and_creates_no_environment(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.run().count == WHOLE
    first = folder.newest()
    assert folder.run().count == 0
    assert folder.provisioner.built == []
    assert capsys.readouterr().err.splitlines()[-1].startswith("12 cells in 0 s (12 reused): ")
    again = folder.newest()
    assert all(run.footer is not None and run.footer.outcomes == 6 for run in folder.runs())
    assert {outcome.reused_from for outcome in again} == {first[0].run}
    taken = [msgspec.structs.replace(one, run=first[0].run, reused_from="") for one in again]
    assert sorted(map(msgspec.json.encode, taken)) == sorted(map(msgspec.json.encode, first))


def test_a_third_run_still_names_the_run_that_measured(folder: Folder) -> None:
    folder.run()
    measured_in = folder.newest()[0].run
    folder.run()
    assert folder.run().count == 0
    assert {outcome.reused_from for outcome in folder.newest()} == {measured_in}


def test_fresh_runs_everything_and_is_what_is_reused_from_then_on(folder: Folder) -> None:
    folder.run()
    assert folder.run(fresh=True).count == WHOLE
    fresh = folder.newest()[0].run
    assert {outcome.reused_from for outcome in folder.newest()} == {""}
    folder.run()
    assert {outcome.reused_from for outcome in folder.newest()} == {fresh}


def test_more_samples_and_more_cells_are_run_beside_those_that_are_there(folder: Folder) -> None:
    assert folder.run(plan=plan(repeat=1, cells=2)).count == 6
    assert folder.run(plan=plan(repeat=3, cells=2)).count == 8
    assert sorted((one.sample, bool(one.reused_from)) for one in folder.newest()) == sorted(
        [(0, True), (1, False), (2, False)] * 4
    )
    assert folder.run(plan=plan(repeat=3, cells=3)).count == 6


@pytest.mark.parametrize("changed", [{"limit": 2.0}, {"probe_digest": "0" * 64}])
def test_other_conditions_run_everything_the_reference_too(folder: Folder, changed: dict[str, Any]) -> None:
    folder.run()
    assert folder.run(**changed).count == WHOLE
    assert folder.run().count == 0


class Failing(FakeLauncher):
    """Every suite but each environment's simplest has a test that fails."""

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        evidence, timings = super().run(job)
        if CATALOGUE.reference.id in (job.suite / "conftest.py").read_text("utf-8"):
            return evidence, timings
        chain = (Raised(type="RuntimeError", text="no such luck today", link="surface"),)
        failed = Ran(id="test_a.py::test_a", phases=(Phase(when="call", outcome="failed", chain=chain),))
        return msgspec.structs.replace(evidence, tests=(failed,), exit=Exit(code=1)), timings


OUT_OF_LUCK = Signature(
    name="out-of-luck",
    title="No luck",
    category=SignatureCategory.ERROR,
    cause="Fate.",
    reference="",
    match=(Match(on=(ObservationKind.EXCEPTION,), text="no such luck"),),
)


def test_a_changed_signature_changes_verdicts_without_running(folder: Folder) -> None:
    folder.run(Failing())
    assert {outcome.verdict.status for outcome in folder.newest()} == {Status.FAILS}
    assert folder.run(signatures=(*load_signatures(), OUT_OF_LUCK)).count == 0
    verdicts = [outcome.verdict for outcome in folder.newest()]
    assert {verdict.status for verdict in verdicts} == {Status.REPRODUCES}
    assert {finding.signature for verdict in verdicts for finding in verdict.findings} == {"out-of-luck"}


def test_what_could_not_be_relied_on_is_run_again_and_the_rest_is_not(folder: Folder) -> None:
    class Interrupted(FakeLauncher):
        def run(self, job: Job) -> tuple[Evidence, Timings]:
            evidence, timings = super().run(job)
            broken = CELLS[0].id in (job.suite / "conftest.py").read_text("utf-8")
            return msgspec.structs.replace(evidence, infrastructure="killed from outside" if broken else ""), timings

    folder.run(Interrupted())
    assert folder.run().count == 4
    assert Status.INFRASTRUCTURE not in {outcome.verdict.status for outcome in folder.newest()}


def test_a_reference_that_is_lost_is_measured_again_and_nothing_else(folder: Folder) -> None:
    folder.run()
    for run in folder.runs():
        text = Path(run.file).read_text("utf-8").replace(run.header.reference_suite, "0" * 64)
        Path(run.file).write_text(text, "utf-8")
    assert folder.run().count == 2


@pytest.mark.parametrize("after", range(15))
def test_a_run_that_the_disk_had_no_room_for_is_gone_on_with(
    folder: Folder, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter(range(100))

    def write(descriptor: int, data: bytes) -> int:
        if next(lines) >= after:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr("harness.store.writing.os", SimpleNamespace(**{**vars(os), "write": write}))
        with pytest.raises(InfrastructureError, match="No space left"):
            folder.run()
    kept = sum(len(run.outcomes) for run in folder.runs())
    references = len(folder.runs())
    assert folder.run().count == WHOLE - kept - references
    assert len({(one.environment, one.cell, one.sample) for one in folder.newest()}) == len(folder.newest()) == 12
    assert sum(bool(one.reused_from) for one in folder.newest()) == kept
