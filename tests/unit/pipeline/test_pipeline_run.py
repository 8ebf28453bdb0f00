"""A whole run with a launcher that only says that it ran: what is written, and what happens when that fails."""

from __future__ import annotations

import contextlib
import errno
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil
import pytest

from harness.catalogue.loading import load_catalogue
from harness.environments.model import Built, Environment, EnvironmentRequest
from harness.errors import InfrastructureError
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import Settings
from harness.progress import progress_on
from harness.running.evidence import Evidence, Exit, Timings
from harness.running.planning import Plan
from harness.servers.model import Database, ServerInfo, anything
from harness.store.evidence import EvidenceStore
from harness.store.reading import read_results
from harness.store.writing import RunWriter
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.running.model import Job

CATALOGUE = load_catalogue()
CELLS = tuple(
    CATALOGUE.parse(f"default/function/async_fixture/{cleanup}") for cleanup in ("aclose", "close", "async_with")
)
REQUESTS = tuple(EnvironmentRequest(python="3.12", plugin=plugin) for plugin in ("1.0.0", "1.1.0"))


class FakeServer:
    """Lends a database that nobody connects to."""

    info = ServerInfo(backend="none", product="valkey", version="9.1.2")
    capacity = 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    @contextlib.contextmanager
    def lease(self, *, owns: Callable[[str], bool] = anything) -> Iterator[Database]:  # noqa: ARG002 - the protocol's
        yield Database(url="valkey://127.0.0.1:1/1", number=1)


class FakeLauncher:
    """Every suite ends well at once; the one with the number `holds` waits until it is stopped."""

    name = "none"

    def __init__(self, holds: int = 0) -> None:
        self._holds = holds
        self._count = 0
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    def run(self, job: Job) -> tuple[Evidence, Timings]:  # noqa: ARG002 - the protocol's
        with self._lock:
            self._count += 1
            holds = self._count == self._holds
        if holds:
            assert self.stopped.wait(60)
        return Evidence(finished=True, exit=Exit(code=0)), Timings(started="", wall=0.0, cpu=0.0)

    def stop(self) -> None:
        self.stopped.set()


class FakeProvisioner:
    """Every environment is there already."""

    def __init__(self) -> None:
        self.stopped = False

    def provide(self, request: EnvironmentRequest) -> Built:
        freeze = (f"pytest-asyncio=={request.plugin}", "pytest==8.4.1", "valkey==6.1.1")
        environment = Environment(
            id=f"linux-x86_64/cpython-3.12/pytest-asyncio-{request.plugin}/valkey-6.1.1",
            digest=request.plugin,
            platform="linux-x86_64",
            python="3.12.1",
            implementation="cpython",
            plugin=request.plugin,
            pytest="8.4.1",
            client="valkey",
            client_version="6.1.1",
            freeze=freeze,
            as_of="2025-07-16",
        )
        return Built(request=request, environment=environment, python=Path("python"))

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., FakeProvisioner]:
    """Executes a plan and gives the provisioner back."""

    def run(launcher: FakeLauncher | None = None, provisioner: FakeProvisioner | None = None) -> FakeProvisioner:
        provisioner = provisioner or FakeProvisioner()
        settings = Settings(
            plan=Plan(cells=CELLS, requests=REQUESTS, repeat=2, profile="quick"),
            catalogue=CATALOGUE,
            catalogue_digest="",
            probe_digest="",
            signatures=load_signatures(),
            server=FakeServer(),
            launcher=launcher or FakeLauncher(),
            progress=progress_on(),
            evidence=EvidenceStore(tmp_path / "results"),
            folder=tmp_path / "results",
            scratch=tmp_path,
            limit=1.0,
        )
        execute_plan(settings, provisioner, jobs=2)  # type: ignore[arg-type]
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


def test_a_worker_that_fails_stops_what_runs_and_is_reported_once(
    run: Callable[..., FakeProvisioner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = iter(range(100))

    def write(writer: RunWriter, outcome: object) -> None:
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
