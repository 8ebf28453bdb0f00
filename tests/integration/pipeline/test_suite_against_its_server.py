"""Suites that bring their own server down: they count as not measured, and their neighbours don't notice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.evidence.store import EvidenceStore
from harness.launchers.opening import open_launcher
from harness.output.display import make_progress
from harness.pipeline.cells import execute
from harness.pipeline.settings import Settings
from harness.planning.plan import Plan
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server
from harness.verdicts.classify import classify
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

HOSTILE = """
import os, valkey

def test_it():
    client = valkey.Valkey.from_url(os.environ["VALKEY_URL"])
    try:
        {does}
    except Exception:
        pass
"""

NEIGHBOUR = """
import os, time, valkey

def test_it():
    client = valkey.Valkey.from_url(os.environ["VALKEY_URL"])
    for number in range(40):
        client.set(f"key-{number}", number)
        time.sleep(0.02)
    assert client.dbsize() == 40
    client.flushdb()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with (
        Guardian() as guardian,
        open_server(None, databases=2, guardian=guardian) as server,
        open_launcher("spawn", guardian) as launcher,
    ):
        yield Settings(
            plan=Plan(cells=(), requests=(), repeat=1, profile="quick"),
            catalogue=load_catalogue(),
            catalogue_digest="",
            probe_digest="",
            server=server,
            launcher=launcher,
            progress=make_progress(),
            evidence=EvidenceStore(tmp_path / "results"),
            folder=tmp_path / "results",
            scratch=tmp_path / "scratch",
            limit=30.0,
        )


@pytest.fixture(scope="module")
def built(python: str) -> Built:
    built = Provisioner().provide(EnvironmentRequest(python=python, plugin="1.0.0"))
    assert isinstance(built, Built)
    return built


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("client.shutdown(nosave=True)", "it "),
        ("client.config_set('maxmemory', 1), client.set('key', 'value')", "it ran out of memory"),
        ("client.client_pause(60_000, all=False)", "CLIENT PAUSE"),
    ],
)
def test_a_suite_that_brings_its_server_down_each_time_is_no_reproduction(
    settings: Settings, built: Built, does: str, reason: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        neighbour = pool.submit(execute, settings, built, {"test_it.py": NEIGHBOUR})
        evidence, _ = execute(settings, built, {"test_it.py": HOSTILE.format(does=does)})
        beside, _ = neighbour.result()
    assert evidence.infrastructure.startswith("the server failed each of 3 times that this ran: it ")
    assert reason in evidence.infrastructure
    assert classify(evidence, settings.signatures).status is Status.INFRASTRUCTURE
    assert beside.infrastructure == ""
    assert [phase.outcome for test in beside.tests for phase in test.phases] == ["passed"] * 3
