"""A run whose parts are made up: every suite ends well at once, every environment is there."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from harness.catalogue.loading import load_catalogue
from harness.environments.model import Built, Environment, EnvironmentRequest
from harness.evidence.model import Evidence, Exit, Phase, Test, Timings
from harness.evidence.store import EvidenceStore
from harness.output.display import make_progress
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import Settings
from harness.planning.plan import Plan
from harness.servers.model import Database, Demand, ServerInfo, accept_any_key
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.launchers.model import Job

CATALOGUE = load_catalogue()
CELLS = tuple(
    CATALOGUE.parse(f"default/function/async_fixture/{cleanup}") for cleanup in ("aclose", "close", "async_with")
)
REQUESTS = tuple(EnvironmentRequest(python="3.12", plugin=plugin) for plugin in ("1.0.0", "1.1.0"))
PASSED = (Test(id="test_it.py::test_passes", phases=(Phase(when="call", outcome="passed"),)),)


class FakeServer:
    """Lends a database that nobody connects to."""

    info = ServerInfo(backend="none", product="valkey", version="9.1.2")
    notes: tuple[str, ...] = ()
    capacity = 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    @contextlib.contextmanager
    def lease(
        self,
        *,
        owns: Callable[[str], bool] = accept_any_key,  # noqa: ARG002 - the protocol's
        demand: Demand | None = None,  # noqa: ARG002 - the protocol's
    ) -> Iterator[Database]:
        yield Database(url="valkey://127.0.0.1:1/1", number=1)

    def accept(self, demand: Demand) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        return ()

    def trouble(self, database: Database) -> str:  # noqa: ARG002 - the protocol's
        return ""


class FakeLauncher:
    """Every suite ends well at once; the one with the number `holds` waits until it is stopped."""

    name = "none"

    def __init__(self, holds: int = 0) -> None:
        self._holds = holds
        self._count = 0
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    @property
    def count(self) -> int:
        """How many suites were run."""
        return self._count

    def run(self, job: Job) -> tuple[Evidence, Timings]:  # noqa: ARG002 - the protocol's
        with self._lock:
            self._count += 1
            holds = self._count == self._holds
        if holds:
            assert self.stopped.wait(60)
        return Evidence(tests=PASSED, finished=True, exit=Exit(code=0)), Timings(started="", wall=0.0, cpu=0.0)

    def stop(self) -> None:
        self.stopped.set()


class FakeProvisioner:
    """Every environment is there already."""

    def __init__(self) -> None:
        self.stopped = False
        self.built: list[str] = []

    def describe(
        self,
        request: EnvironmentRequest,
        asked: Iterable[tuple[str, ...]] = (),  # noqa: ARG002 - the real one's
    ) -> Environment:
        freeze = (f"pytest-asyncio=={request.plugin}", "pytest==8.4.1", "valkey==6.1.1")
        return Environment(
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

    def build(
        self,
        request: EnvironmentRequest,
        environment: Environment,
        packages: tuple[str, ...] = (),  # noqa: ARG002 - the real one's
    ) -> Built:
        self.built.append(environment.id)
        return Built(request=request, environment=environment, python=Path("python"))

    def stop(self) -> None:
        self.stopped = True


def made_up(folder: Path, launcher: FakeLauncher, **changed: Any) -> Settings:
    """A run with results below the folder: three cells in two environments, twice each."""
    parts: dict[str, Any] = {
        "plan": Plan(cells=CELLS, requests=REQUESTS, repeat=2, profile="quick"),
        "catalogue": CATALOGUE,
        "catalogue_digest": "",
        "probe_digest": "",
        "signatures": load_signatures(),
        "server": FakeServer(),
        "launcher": launcher,
        "progress": make_progress(),
        "evidence": EvidenceStore(folder / "results"),
        "folder": folder / "results",
        "scratch": folder,
        "limit": 1.0,
    }
    return Settings(**(parts | changed))


def execute(
    folder: Path, launcher: FakeLauncher, provisioner: FakeProvisioner, *, jobs: int = 2, **changed: Any
) -> None:
    """Execute the plan of a made up run."""
    execute_plan(made_up(folder, launcher, **changed), provisioner, jobs=jobs)  # type: ignore[arg-type]
