"""A server that fails while suites run: they run again, and what was observed meanwhile counts for nothing."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

from harness.errors import InfrastructureError, ServerGoneError
from harness.evidence.model import Evidence, Exit, Timings
from harness.pipeline import retrying
from harness.planning.plan import Plan
from harness.store.reading import read_results
from harness.verdicts.model import Status
from tests.unit.pipeline.made_up_run import CELLS, REQUESTS, FakeLauncher, FakeProvisioner, FakeServer, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.launchers.model import Job
    from harness.servers.model import Database, Demand
    from harness.store.model import Outcome

PLAN = Plan(cells=CELLS, requests=REQUESTS[:1], repeat=1, profile="quick")


class FailingServer(FakeServer):
    """Fails while those suites run, by number in order of their start, which end in a failed test."""

    def __init__(self, *failing: int) -> None:
        self.failing = failing
        self.count = 0
        self.lock = threading.Lock()

    def trouble(self, database: Database) -> str:  # noqa: ARG002 - the protocol's
        with self.lock:
            self.count += 1
            return "it was ended by SIGKILL" if self.count in self.failing else ""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "PAUSE", 0.0)


def outcomes(folder: Path) -> list[Outcome]:
    return [outcome for run in read_results(folder / "results").runs for outcome in run.outcomes]


def test_a_suite_runs_again_when_the_server_failed_and_only_the_last_run_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    launcher = FakeLauncher()
    execute(tmp_path, launcher, FakeProvisioner(), server=FailingServer(1, 4, 5), plan=PLAN)
    assert launcher.count == 1 + len(CELLS) + 3
    assert [outcome.verdict.status for outcome in outcomes(tmp_path)] == [Status.CLEAN] * len(CELLS)
    output = capsys.readouterr().err
    assert output.count("The server failed: it was ended by SIGKILL. Runs again: ") == 3
    assert "the simplest suite on linux-x86_64/" in output


def test_a_suite_that_the_server_never_serves_is_no_reproduction_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fails = Evidence(finished=True, exit=Exit(code=1)), Timings(started="", wall=0.0, cpu=0.0)

    class Launcher(FakeLauncher):
        def run(self, job: Job) -> tuple[Evidence, Timings]:
            observed = super().run(job)
            return fails if server.count in (1, 2, 3) else observed

    server = FailingServer(2, 3, 4)
    execute(tmp_path, Launcher(), FakeProvisioner(), server=server, plan=PLAN, jobs=1)
    first, *others = outcomes(tmp_path)
    assert first.verdict.status is Status.INFRASTRUCTURE
    assert first.verdict.reason == "the server failed each of 3 times that this ran: it was ended by SIGKILL"
    assert {outcome.verdict.status for outcome in others} == {Status.CLEAN}
    assert capsys.readouterr().err.count("Runs again: ") == 2


def test_a_server_that_fails_whatever_runs_ends_the_run(tmp_path: Path) -> None:
    server = FailingServer(*range(2, 100))
    plan = Plan(cells=CELLS, requests=REQUESTS[:1], repeat=5, profile="quick")
    with pytest.raises(InfrastructureError, match="3 times for each of 5 suites in a row: it was ended by SIGKILL"):
        execute(tmp_path, FakeLauncher(), FakeProvisioner(), server=server, plan=plan)
    recorded = outcomes(tmp_path)
    assert len(recorded) < 5
    assert {outcome.verdict.status for outcome in recorded} <= {Status.INFRASTRUCTURE}
    assert all(run.interrupted for run in read_results(tmp_path / "results").runs)


def test_the_simplest_suite_that_is_never_served_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match=r"simplest suite can't be run in .*failed each of 3 times"):
        execute(tmp_path, FakeLauncher(), FakeProvisioner(), server=FailingServer(1, 2, 3), plan=PLAN)
    assert not (tmp_path / "results").exists()


class AbsentServer(FakeServer):
    """Gone for the first `absent` times that somebody wants a database."""

    def __init__(self, absent: int, then: Callable[[], None] = lambda: None) -> None:
        self._absent = absent
        self._then = then

    @contextlib.contextmanager
    def lease(
        self, *, owns: Callable[[str], bool] = lambda _: True, demand: Demand | None = None
    ) -> Iterator[Database]:
        self._absent -= 1
        if self._absent >= 0:
            self._then()
            raise ServerGoneError("The server at valkey://somewhere can't be used: refused.", remedy="Start it.")
        with super().lease(owns=owns, demand=demand) as database:
            yield database


def test_a_server_that_comes_back_is_waited_for_and_that_is_reported_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(tmp_path, FakeLauncher(), FakeProvisioner(), server=AbsentServer(7), plan=PLAN)
    assert [outcome.verdict.status for outcome in outcomes(tmp_path)] == [Status.CLEAN] * len(CELLS)
    assert capsys.readouterr().err.count("Waiting 30 s for it to come back") == 1


def test_a_server_that_does_not_come_back_ends_the_run_as_one_that_can_not_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "PATIENCE", 0.0)
    with pytest.raises(ServerGoneError, match="can't be used: refused"):
        execute(tmp_path, FakeLauncher(), FakeProvisioner(), server=AbsentServer(10**9), plan=PLAN)
