"""`matrix --executor dask` with a real scheduler and real workers: what is lost runs again, and nothing twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode
from harness.evidence.comparing import find_differences
from harness.evidence.store import EvidenceStore
from harness.pipeline.settings import describe_machine
from harness.store.reading import read_results, read_run
from tests.integration.pipeline.dask_cluster import DaskCluster, kill_busy_worker
from tests.integration.pipeline.essence import essence, identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from harness.store.model import Outcome, Results
    from tests.integration.pipeline.conftest import Harness

RELEASES = ("0.26.0", "1.0.0", "1.2.0")
CLEANUPS = ("none", "close", "aclose", "async_with")
SITES = ("module_global", "async_fixture")
CELLS = [f"default/function/{site}/{cleanup}" for site in SITES for cleanup in CLEANUPS]
"""As many as a piece has: each of the three environments is one."""

if sys.platform == "win32":
    pytest.skip("signals are POSIX", allow_module_level=True)


@pytest.fixture
def new_cluster(tmp_path: Path) -> Iterator[Callable[..., DaskCluster]]:
    made: list[DaskCluster] = []

    def new(protocol: str = "tcp", environ: Mapping[str, str] = MappingProxyType({})) -> DaskCluster:
        folder = tmp_path / f"cluster-{len(made)}"
        folder.mkdir()
        made.append(DaskCluster(folder, protocol=protocol, environ=environ))
        return made[-1]

    yield new
    for cluster in made:
        cluster.end()


def name_cells(python: str) -> list[str]:
    cells = [argument for cell in CELLS for argument in ("--cell", cell)]
    return [*cells, "--python", python, "--pytest-asyncio", ",".join(RELEASES)]


def on(cluster: DaskCluster) -> list[str]:
    return ["--executor", "dask", "--scheduler", cluster.address]


def collect(results: Results) -> dict[object, Outcome]:
    outcomes = [outcome for run in results.runs for outcome in run.outcomes]
    found: dict[object, Outcome] = {identity(outcome): outcome for outcome in outcomes}
    assert len(found) == len(outcomes), "nothing twice"
    return found


def test_interrupted_then_with_a_worker_killed_a_run_comes_to_what_one_machine_measures(
    harness: Harness,
    new_cluster: Callable[..., DaskCluster],
    new_harness: Callable[[Path], Harness],
    tmp_path: Path,
    python: str,
) -> None:
    cluster = new_cluster()
    cluster.add_workers(2, "--preload", "harness.dask.worker")
    plan = name_cells(python)
    first = harness.start(*plan, *on(cluster))
    harness.until(lambda: first.poll() is not None or harness.outcomes(), "no piece was stored")
    os.killpg(first.pid, signal.SIGINT)
    _, printed = first.communicate(timeout=60)
    assert first.returncode == ExitCode.INTERRUPTED, printed
    stored = harness.outcomes()
    assert 0 < len(stored) < len(RELEASES) * len(CELLS)

    with cluster.connect() as client:
        second = harness.start(*plan, *on(cluster))
        kill_busy_worker(client)
        _, printed = second.communicate(timeout=60)
    assert second.returncode == ExitCode.DONE, printed
    assert f"{len(CELLS)} cells ran again, because 1 worker went away." in printed

    (tmp_path / "one").mkdir()
    one = new_harness(tmp_path / "one")
    assert one.run(*plan).returncode == ExitCode.DONE
    newest = read_run(harness.results, max(run.header.run for run in read_results(harness.results).runs))
    spread, alone = collect(newest), collect(read_results(one.results))
    assert {key: essence(found) for key, found in spread.items()} == {
        key: essence(found) for key, found in alone.items()
    }
    assert {key for key, found in spread.items() if found.reused_from} == set(map(identity, stored))
    stores = EvidenceStore(harness.results), EvidenceStore(one.results)
    for key, found in spread.items():
        before, after = (store.get(each.evidence) for store, each in zip(stores, (found, alone[key]), strict=True))
        assert find_differences(before, after) == ()
    assert [run.header.machine for run in newest.runs if not run.interrupted] == [describe_machine()] * len(RELEASES)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")
def test_over_tls_a_scheduler_that_goes_away_ends_the_run_and_what_was_stored_stays(
    harness: Harness, new_cluster: Callable[..., DaskCluster], tmp_path: Path, python: str
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "1", "-subj", "/CN=dask"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    named = {"CA_FILE": certificate} | {
        f"{part}__{name}": path
        for part in ("CLIENT", "SCHEDULER", "WORKER")
        for name, path in (("CERT", certificate), ("KEY", key))
    }
    environ = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(path) for name, path in named.items()}
    cluster = new_cluster(protocol="tls", environ=environ)
    assert cluster.address.startswith("tls://")
    cluster.add_workers(1, "--preload", "harness.dask.worker")
    harness.environ |= environ
    run = harness.start(*name_cells(python), *on(cluster))
    harness.until(lambda: run.poll() is not None or harness.outcomes(), "no piece was stored")
    cluster.scheduler.kill()
    _, printed = run.communicate(timeout=60)
    assert run.returncode == ExitCode.INFRASTRUCTURE, printed
    assert f"The Dask scheduler at {cluster.address} is gone." in printed
    assert 0 < len(harness.outcomes()) < len(RELEASES) * len(CELLS)
    assert all(found.interrupted or len(found.outcomes) == len(CELLS) for found in read_results(harness.results).runs)


def test_workers_that_do_not_offer_what_is_needed_are_named_at_once(
    harness: Harness, new_cluster: Callable[..., DaskCluster], python: str
) -> None:
    cluster = new_cluster()
    other = "valkey-loop-matrix:0.1.0+00000000=1 system:linux-x86_64=1"
    cluster.add_workers(1, "--resources", other)
    refused = harness.run(*name_cells(python), *on(cluster))
    assert refused.returncode == ExitCode.INFRASTRUCTURE
    assert "run 0.1.0+00000000 of this program" in refused.stderr
    cluster.add_workers(1, "--preload", "harness.dask.worker")
    refused = harness.run("--python", "3.1", *on(cluster))
    assert refused.returncode == ExitCode.INFRASTRUCTURE
    assert f"No worker at {cluster.address} has Python 3.1." in refused.stderr
    assert not harness.results.exists()
