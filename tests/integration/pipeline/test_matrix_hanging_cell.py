"""A suite that hangs, all the way through the pipeline. The catalogue has none, so it is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from harness.catalogue.loading import load_catalogue
from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.evidence.store import EvidenceStore
from harness.launchers.spawn import SpawnLauncher
from harness.output.display import make_progress
from harness.pipeline.cells import execute
from harness.pipeline.settings import Settings
from harness.planning.plan import Plan
from harness.processes.guardian import Guardian
from harness.processes.killing import is_alive
from harness.servers.opening import open_server
from harness.verdicts.classify import classify
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.servers.model import Server

pytestmark = pytest.mark.integration

SUITE = """
import os, pathlib, subprocess, sys, time

def test_passes(): pass

def test_hangs():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(10_000)"], start_new_session=True)
    pathlib.Path({pids!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
    time.sleep(10_000)
"""


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    with Guardian() as guardian:
        yield guardian


@pytest.fixture
def server(guardian: Guardian) -> Iterator[Server]:
    with open_server(None, databases=1, guardian=guardian) as server:
        yield server


def test_a_cell_that_hangs_is_ended_at_its_limit_and_reproduces_a_hang(
    guardian: Guardian, server: Server, tmp_path: Path, python: str
) -> None:
    built = Provisioner().provide(EnvironmentRequest(python=python, plugin="1.0.0"))
    assert isinstance(built, Built)
    settings = Settings(
        plan=Plan(cells=(), requests=(), repeat=1, profile="quick"),
        catalogue=load_catalogue(),
        catalogue_digest="",
        probe_digest="",
        signatures=load_signatures(),
        server=server,
        launcher=SpawnLauncher(guardian=guardian),
        progress=make_progress(),
        evidence=EvidenceStore(tmp_path / "results"),
        folder=tmp_path / "results",
        scratch=tmp_path / "scratch",
        limit=3.0,
    )
    pids = tmp_path / "pids"
    evidence, timings = execute(settings, built, {"test_it.py": SUITE.format(pids=str(pids))})
    verdict = classify(evidence, settings.signatures, environment_findings=())
    assert verdict.status is Status.REPRODUCES
    assert "hang" in {finding.signature for finding in verdict.findings}
    assert evidence.hang is not None
    assert (evidence.hang.test, evidence.hang.when) == ("test_it.py::test_hangs", "call")
    assert "test_hangs" in evidence.hang.stacks
    assert timings.wall >= settings.limit
    assert not [
        pid for pid in pids.read_text().split() if psutil.pid_exists(int(pid)) and is_alive(psutil.Process(int(pid)))
    ]
    assert list(settings.scratch.iterdir()) == []
