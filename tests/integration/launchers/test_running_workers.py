"""Suites that pytest-xdist runs in two workers, seen by both; the harness's own interpreter has it installed."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.launchers.model import Job
from harness.launchers.spawn import SpawnLauncher
from harness.processes.killing import is_alive
from harness.servers.model import Demand
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.model import Evidence
    from harness.processes.guardian import Guardian
    from harness.servers.model import Server

pytestmark = pytest.mark.integration

LONG = 120.0
INI = "[pytest]\naddopts = -n 2 --dist loadfile --max-worker-restart=0\n"
TALKS = """
    import asyncio, os
    from valkey.asyncio import Valkey

    async def talk(name):
        url = os.environ["VALKEY_URL"].rpartition("/")[0]
        client = Valkey.from_url(f"{url}/{os.environ['PYTEST_XDIST_WORKER'][2:]}")
        await client.set(name, "1")
        return client

    def test_one():
        asyncio.run(talk(__name__))

    def test_two():
        assert False, os.environ["PYTEST_XDIST_WORKER"]
"""


@pytest.fixture(scope="module")
def server(guardian: Guardian) -> Iterator[Server]:
    with open_server(None, databases=2, guardian=guardian) as server:
        yield server


def run(folder: Path, text: str, guardian: Guardian, server: Server, limit: float = LONG) -> Evidence:
    """Two modules with the same text, one for each worker."""
    (folder / "pytest.ini").write_text(INI)
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(textwrap.dedent(text))
    with server.lease(demand=Demand(kind="own")) as database:
        job = Job(suite=folder, python=Path(sys.executable), database=database, limit=limit, spawned="it has workers")
        return SpawnLauncher(guardian=guardian).run(job)[0]


def test_both_workers_are_observed_and_so_are_both_databases(
    tmp_path: Path, guardian: Guardian, server: Server
) -> None:
    found = run(tmp_path, TALKS, guardian, server)
    assert [worker.name for worker in found.workers] == ["gw0", "gw1"]
    assert sorted(worker.tests for worker in found.workers) == [
        ("test_a.py::test_one", "test_a.py::test_two"),
        ("test_b.py::test_one", "test_b.py::test_two"),
    ]
    assert [[one.outcome for one in test.phases] for test in found.tests] == [
        ["passed", "passed", "passed"],
        ["passed", "failed", "passed"],
    ] * 2
    # Not what is printed, but the exception itself, with the place where it was raised.
    assert {raised.origin for test in found.tests for one in test.phases for raised in one.chain} == {
        "test_a.py:15 in test_two",
        "test_b.py:15 in test_two",
    }
    assert sorted(one.name for one in found.connections) == ["gw0-connection-1", "gw1-connection-1"]
    assert sorted(one.loop or "" for one in found.connections) == ["gw0-loop-1", "gw1-loop-1"]
    assert {key.partition(" ")[0] for key in found.keys_left} == {"test_a", "test_b"}
    assert len({key.partition(" ")[2] for key in found.keys_left}) == 2
    assert (found.finished, found.exit.code, found.infrastructure) == (True, 1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="only a descriptor's number says whose a connection is")
def test_a_connection_that_is_in_no_ledger_is_its_workers(tmp_path: Path, guardian: Guardian, server: Server) -> None:
    text = """
        import os
        from valkey import Valkey
        client = Valkey.from_url(os.environ["VALKEY_URL"], client_name="mine")
        def test_it():
            client.ping()
    """
    found = run(tmp_path, text, guardian, server)
    assert found.at_end is not None
    assert found.at_end.clients == ("mine", "mine")


def test_a_hang_in_a_worker_is_found_there_and_nothing_outlives_it(
    tmp_path: Path, guardian: Guardian, server: Server
) -> None:
    text = """
        import os, time
        def test_it():
            if "test_a" in __name__:
                open("hanging", "w").write(str(os.getpid()))
                time.sleep(1000)
    """
    found = run(tmp_path, text, guardian, server, limit=15)
    assert found.hang is not None
    assert (found.hang.test, found.hang.when) == ("test_a.py::test_it", "call")
    assert "test_a.py:6 in test_it: time.sleep(1000)" in found.hang.stacks
    with contextlib.suppress(psutil.NoSuchProcess):
        assert not is_alive(psutil.Process(int((tmp_path / "hanging").read_text())))


def test_a_worker_that_crashes_has_crashed_in_its_test(tmp_path: Path, guardian: Guardian, server: Server) -> None:
    text = """
        import os
        def test_it():
            if "test_a" in __name__:
                os._exit(3)
        def test_other():
            pass
    """
    found = run(tmp_path, text, guardian, server)
    failed = {test.id: one.chain[0].text for test in found.tests for one in test.phases if one.outcome == "failed"}
    assert list(failed) == ["test_a.py::test_it"]
    assert "crashed" in failed["test_a.py::test_it"]
    assert {test.id for test in found.tests} >= {"test_b.py::test_it", "test_b.py::test_other"}
    assert found.finished
