"""A whole run with a launcher that only says that it ran: what is written, and what happens when that fails."""

from __future__ import annotations

import errno
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.errors import InfrastructureError
from harness.evidence.model import Evidence, Timings
from harness.planning.plan import Plan
from harness.store.reading import read_results
from harness.store.writing import RunWriter
from tests.unit.pipeline.made_up_run import CELLS, REQUESTS, FakeLauncher, FakeProvisioner, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.environments.model import Environment, EnvironmentRequest
    from harness.launchers.model import Job


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., FakeProvisioner]:
    """Executes a plan and gives the provisioner back."""

    def run(launcher: FakeLauncher | None = None, provisioner: FakeProvisioner | None = None) -> FakeProvisioner:
        provisioner = provisioner or FakeProvisioner()
        execute(tmp_path, launcher or FakeLauncher(), provisioner)
        return provisioner

    return run


def open_files(folder: Path) -> list[str]:
    """Files below the folder that this process holds open."""
    return [each.path for each in psutil.Process().open_files() if Path(each.path).is_relative_to(folder)]


def test_each_environment_has_a_file_with_every_sample_and_a_footer(
    run: Callable[..., FakeProvisioner], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not run().stopped
    runs = read_results(tmp_path / "results").runs
    assert [(len(each.outcomes), each.interrupted) for each in runs] == [(6, False), (6, False)]
    assert "12 cells in" in capsys.readouterr().err
    assert open_files(tmp_path) == []


class TogetherLauncher(FakeLauncher):
    """All suites but the first, which is the reference, end only when so many run at the same time."""

    def __init__(self, together: int) -> None:
        super().__init__()
        self._meeting = threading.Barrier(together, timeout=60)

    def run(self, job: Job) -> tuple[Evidence, Timings]:
        if self.count:
            self._meeting.wait()
        return super().run(job)


def test_samples_of_one_cell_run_at_the_same_time(tmp_path: Path) -> None:
    jobs = 4
    plan = Plan(cells=CELLS[:1], requests=REQUESTS[:1], repeat=jobs, profile="quick")
    launcher = TogetherLauncher(jobs)
    execute(tmp_path, launcher, FakeProvisioner(), jobs=jobs, plan=plan)
    assert launcher.count == 1 + jobs


def test_a_worker_that_fails_stops_what_runs_and_is_reported_once(
    run: Callable[..., FakeProvisioner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = iter(range(100))

    def write(writer: RunWriter, *lines: object) -> None:
        if next(written) == 1:
            raise InfrastructureError("Results can't be written.", remedy="Make room.")

    monkeypatch.setattr(RunWriter, "write", write)
    launcher, provisioner = FakeLauncher(holds=4), FakeProvisioner()
    with pytest.raises(InfrastructureError, match="can't be written"):
        run(launcher, provisioner)
    assert launcher.stopped.is_set()
    assert provisioner.stopped
    runs = read_results(tmp_path / "results").runs
    assert all(each.interrupted for each in runs)
    assert open_files(tmp_path) == []


class SlowProvisioner(FakeProvisioner):
    """Describes an environment only after its run was stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self._stop = threading.Event()

    def describe(self, request: EnvironmentRequest, asked: Iterable[tuple[str, ...]] = ()) -> Environment:
        self.begun.set()
        assert self._stop.wait(60)
        time.sleep(0.2)  # gives whoever doesn't wait for it the time to go on
        return super().describe(request, asked)

    def stop(self) -> None:
        super().stop()
        self._stop.set()


def test_ctrl_c_while_the_thread_starts_that_makes_environments_leaves_none_that_writes(
    run: Callable[..., FakeProvisioner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()  # the next run takes everything over from it, so that only its file is to be written
    provisioner, start = SlowProvisioner(), threading.Thread.start

    def start_and_interrupt(thread: threading.Thread) -> None:
        start(thread)
        if thread.name.startswith("environment"):
            assert provisioner.begun.wait(60)
            raise KeyboardInterrupt  # in Thread.start, before its pool has noted the thread

    monkeypatch.setattr(threading.Thread, "start", start_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(provisioner=provisioner)
    assert open_files(tmp_path) == []
    before = sorted(tmp_path.rglob("*"))
    time.sleep(0.5)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_footer_that_can_not_be_written_is_not_passed_over(
    run: Callable[..., FakeProvisioner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("harness.store.writing.os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        run()
    assert open_files(tmp_path) == []


def test_an_environment_whose_simplest_suite_can_not_be_run_ends_the_run(
    run: Callable[..., FakeProvisioner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Evidence(infrastructure="memory may have run out"), Timings(started="", wall=0.0, cpu=0.0)
    monkeypatch.setattr(FakeLauncher, "run", lambda _self, _job: broken)
    with pytest.raises(InfrastructureError, match=r"simplest suite can't be run in .*: memory may have run out"):
        run()
    assert not (tmp_path / "results").exists()
