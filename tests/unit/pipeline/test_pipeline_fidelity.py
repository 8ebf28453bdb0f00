"""Runs in which every cell is re-checked: what is compared, counted, written and used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.analysis.fidelity import EnvironmentFidelity, find_fidelity
from harness.analysis.fidelity_tables import make_details_table, make_fidelity_table
from harness.planning.plan import Plan
from harness.store.model import EvidenceDifference
from harness.store.reading import read_run
from harness.suites.subject import CatalogueCell
from tests.unit.pipeline.made_up_run import CELLS, REQUESTS, FakeLauncher, FakeProvisioner, execute

if TYPE_CHECKING:
    from pathlib import Path

    from harness.evidence.model import Evidence, Timings
    from harness.launchers.model import Job

PLAN = Plan(cells=CELLS, requests=REQUESTS, repeat=1, profile="quick")
REFERENCE_CELL = 2
"""Suites that are run besides, one an environment: the simplest."""


class Odd(FakeLauncher):
    """Shows something else of one cell."""

    def __init__(self, *, spawned: str = "", infrastructure: str = "", output: str = "") -> None:
        super().__init__()
        self._shown = {"infrastructure": infrastructure, "output": output}
        self._spawned = spawned

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        evidence, timings = super().run(job)
        if CELLS[1].id not in (job.suite / "conftest.py").read_text("utf-8"):
            return evidence, timings
        return msgspec.structs.replace(evidence, **self._shown), msgspec.structs.replace(timings, spawned=self._spawned)


def fidelity(
    folder: Path, launcher: FakeLauncher, reference: FakeLauncher, **changed: Any
) -> list[EnvironmentFidelity]:
    """What comes of re-checking three cells in two environments."""
    options = {"plan": PLAN, "reference_launcher": reference, "recheck": 100.0, "run": "1", **changed}
    execute(folder, launcher, FakeProvisioner(), **options)
    return found(folder, options["run"])


def found(folder: Path, run: str) -> list[EnvironmentFidelity]:
    return [find_fidelity(each) for each in read_run(folder / "results", run).runs]


def test_what_is_equal_is_counted_in_each_environment(tmp_path: Path) -> None:
    each = fidelity(tmp_path, FakeLauncher(), FakeLauncher())
    assert [(one.compared, one.equal, one.reused, one.differing, one.finished) for one in each] == [
        (3, 3, 0, (), True)
    ] * 2
    assert make_details_table(each) is None
    assert "6 of 6 cells equal in 2 environments." in make_fidelity_table(each).note


def test_what_differs_is_named_with_its_places(tmp_path: Path) -> None:
    each = fidelity(tmp_path, Odd(output="odd"), FakeLauncher())
    for one in each:
        assert one.equal == 2
        assert one.differing == (
            EvidenceDifference(
                cell=CELLS[1].id,
                places=('output.0: null | "odd"',),
                repeated="1 kind of evidence in 5 runs under the reference, "
                "1 kind of evidence in 5 runs under the other",
            ),
        )
    table = make_details_table(each)
    assert table is not None
    assert ("the launchers differ",) in table.rows


def test_what_runs_in_a_new_process_or_fails_is_not_counted_as_equal(tmp_path: Path) -> None:
    for name, launcher, reference, new_process, failed in (
        ("spawned", Odd(spawned="a rule"), FakeLauncher(), {"a rule": 1}, {}),
        ("reference-fails", FakeLauncher(), Odd(infrastructure="no memory"), {}, {"no memory": 1}),
        ("launcher-fails", Odd(infrastructure="no memory"), FakeLauncher(), {}, {"no memory": 1}),
    ):
        (tmp_path / name).mkdir()
        for one in fidelity(tmp_path / name, launcher, reference):
            assert (one.equal, one.compared, one.new_process, one.failed) == (2, 2, new_process, failed)


def test_what_is_declared_to_need_a_new_process_is_not_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forking(FakeLauncher):
        def run(self, job: Job) -> tuple[Evidence, Timings]:
            evidence, timings = super().run(job)
            return evidence, msgspec.structs.replace(timings, spawned=job.spawned)

    reasons = {CELLS[0].id: "it looks at its parent"}
    monkeypatch.setattr(CatalogueCell, "new_process", property(lambda self: reasons.get(self.id, "")))
    reference = FakeLauncher()
    for one in fidelity(tmp_path, Forking(), reference):
        assert (one.equal, one.new_process) == (2, {"it looks at its parent": 1})
    assert reference.count == 4


def test_what_was_re_checked_before_is_not_run_again_unless_asked_for(tmp_path: Path) -> None:
    fidelity(tmp_path, FakeLauncher(), FakeLauncher())
    launcher, reference = FakeLauncher(), FakeLauncher()
    each = fidelity(tmp_path, launcher, reference, run="2")
    assert [(one.equal, one.reused) for one in each] == [(3, 3)] * 2
    assert (launcher.count, reference.count) == (0, 0)
    assert [one.reused for one in fidelity(tmp_path, launcher, reference, run="3", fresh=True)] == [0, 0]
    assert (launcher.count, reference.count) == (8, 6)


def test_what_was_run_without_a_re_check_is_run_again_and_a_difference_is_not_forgotten(tmp_path: Path) -> None:
    fidelity(tmp_path, FakeLauncher(), FakeLauncher(), recheck=0.0)
    assert [one.equal for one in fidelity(tmp_path, Odd(output="odd"), FakeLauncher(), run="2")] == [2, 2]
    launcher = FakeLauncher()
    assert [len(one.differing) for one in fidelity(tmp_path, launcher, FakeLauncher(), run="3")] == [1, 1]
    assert launcher.count == 0


def test_what_the_reference_launcher_measured_is_no_fork(tmp_path: Path) -> None:
    class Spawned(FakeLauncher):
        name = "spawn"

    execute(tmp_path, Spawned(), FakeProvisioner(), plan=PLAN, run="0")
    launcher = FakeLauncher()
    assert [(one.equal, one.reused) for one in fidelity(tmp_path, launcher, Spawned())] == [(3, 0)] * 2
    assert launcher.count == 6 + REFERENCE_CELL


def test_an_interrupted_run_shows_what_it_did_and_the_next_one_goes_on(tmp_path: Path) -> None:
    class Failing(FakeLauncher):
        def run(self, job: Job) -> tuple[Evidence, Timings]:
            if self.count == 3:
                raise RuntimeError("no more")
            return super().run(job)

    with pytest.raises(RuntimeError, match="no more"):
        fidelity(tmp_path, Failing(), FakeLauncher(), jobs=1)
    done = found(tmp_path, "1")
    equal = sum(one.equal for one in done)
    assert equal >= 1
    assert not all(one.finished for one in done)
    assert "the same command goes on" in make_fidelity_table(done).note
    launcher, reference = FakeLauncher(), FakeLauncher()
    each = fidelity(tmp_path, launcher, reference, run="2")
    assert [(one.equal, one.finished) for one in each] == [(3, True)] * 2
    assert sum(one.reused for one in each) == equal
    assert reference.count == 6 - equal
