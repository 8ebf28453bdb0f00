"""A suite of one's own in a run whose other parts are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.planning.plan import Plan
from harness.store.reading import read_results
from harness.suites.suite import make_suite
from tests.unit.pipeline.made_up_run import CELLS, REQUESTS, FakeLauncher, FakeProvisioner, execute

if TYPE_CHECKING:
    from pathlib import Path

    from harness.evidence.model import Evidence, Timings
    from harness.launchers.model import Job
    from harness.suites.suite import Suite

CONTENT = {"test_a.py": b"# \xff\r\ndef test_a(): pass\n"}


class Looks(FakeLauncher):
    """Keeps what was in the folders of suites of one's own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []
        self.new_processes: list[str] = []  # why suites of one's own were not to be forked

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        file = job.suite / "test_a.py"
        if file.exists():
            self.seen.append(file.read_bytes())
            self.new_processes.append(job.spawned)
        return super().run(job)


def run(folder: Path, suite: Suite, *, recheck: bool = False) -> Looks:
    launcher = Looks()
    plan = Plan(cells=(CELLS[0], suite), requests=REQUESTS[:1], repeat=1, profile="quick")
    reference, share = (launcher, 100.0) if recheck else (None, 0.0)
    execute(folder, launcher, FakeProvisioner(), plan=plan, reference_launcher=reference, recheck=share)
    return launcher


def test_it_runs_beside_a_cell_as_it_was_read(tmp_path: Path) -> None:
    assert run(tmp_path, make_suite("suite:mine", CONTENT)).seen == [CONTENT["test_a.py"]]
    outcomes = [one for each in read_results(tmp_path / "results").runs for one in each.outcomes]
    assert sorted(one.cell for one in outcomes) == [CELLS[0].id, "suite:mine"]


def test_it_is_never_forked_so_there_is_nothing_to_re_check(tmp_path: Path) -> None:
    launcher = run(tmp_path, make_suite("suite:mine", CONTENT), recheck=True)
    assert launcher.new_processes == ["it is no cell of the catalogue"]
    assert len(launcher.seen) == 1


def test_it_runs_again_only_when_a_byte_of_it_has_changed(tmp_path: Path) -> None:
    run(tmp_path, make_suite("suite:mine", CONTENT))
    assert run(tmp_path, make_suite("suite:mine", CONTENT)).seen == []
    assert len(run(tmp_path, make_suite("suite:mine", {"test_a.py": CONTENT["test_a.py"] + b"#"})).seen) == 1
