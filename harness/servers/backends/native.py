"""Running a native `valkey-server` program."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import valkey

from harness.errors import ServerUnavailableError
from harness.processes.guardian import NEW_GROUP
from harness.processes.networks import enter_network
from harness.servers import views
from harness.servers.backends import configuration
from harness.servers.model import Place, Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.processes.guardian import Guardian

ATTEMPTS = 5
"""Ports to try: another process may take a free port before the server does."""

DEADLINE = 20.0
"""Seconds a server may take to answer."""

INTERVAL = 0.005
"""Seconds between two looks at a server that is starting."""


class _PortTakenError(Exception):
    """Somebody else listens on the port by now."""


@contextlib.contextmanager
def run_server(binary: str, *, guardian: Guardian, place: Place) -> Iterator[Running]:
    """A server on the loopback interface that keeps nothing on disk.

    Raises `ServerUnavailableError` when the program doesn't start.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(guardian.folder("server", configuration.choose_parent()))
        for _ in range(1 if place.port else ATTEMPTS):
            port, password = place.port or _find_free_port(), configuration.make_password(place)
            process = _start(_make_command(binary, place, port, password, folder), folder, guardian)
            stack.callback(_end, process)
            stack.enter_context(guardian.watch_process(process.pid))
            url, path = configuration.make_url(port, password), configuration.find_socket(folder, place)
            running = Running(url=url, view=f"unix://{path}" if path else url, pid=process.pid)
            try:
                _await(process, running.view, folder / "log")
            except _PortTakenError:
                continue
            yield running
            return
        raise _make_error(
            f"another program listens on port {place.port}"
            if place.port
            else f"{ATTEMPTS} free ports in a row were taken before it could listen"
        )


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_command(binary: str, place: Place, port: int, password: str, folder: Path) -> list[str]:
    options = configuration.OPTIONS | {
        "port": str(port),
        "protected-mode": "yes",
        "dir": str(folder),
        "loglevel": "warning",
        "daemonize": "no",
    }
    if place.cluster:
        options |= {"cluster-enabled": "yes", "cluster-port": str(_find_free_port())}
    if path := configuration.find_socket(folder, place):
        options |= {"unixsocket": path, "unixsocketperm": "700"}
    entering = [] if place.network is None else enter_network(place.network)
    return [*entering, binary, *configuration.make_arguments(options, password)]


def _start(command: list[str], folder: Path, guardian: Guardian) -> subprocess.Popen[bytes]:
    with (folder / "log").open("wb") as log:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **guardian.environment("server")},
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
        except OSError as error:
            raise _make_error(f"{command[0]}: {error.strerror}") from error


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when this very process answers there."""
    deadline = time.monotonic() + DEADLINE
    with views.connect(url) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise _explain_end(process.returncode, log)
            with contextlib.suppress(valkey.ValkeyError, OSError):
                # Any server on the port would answer a PING.
                if client.info("server")["process_id"] == process.pid:
                    return
            time.sleep(INTERVAL)
    raise _make_error(f"it didn't answer within {DEADLINE:.0f} s")


def _explain_end(code: int, log: Path) -> Exception:
    """Why the process is no more, from what it wrote."""
    text = log.read_text("utf-8", "replace").strip()
    if "Address already in use" in text:
        return _PortTakenError()
    last = text.splitlines()[-1] if text else "it printed nothing"
    return _make_error(f"it ended with exit code {code}: {last}")


def _make_error(reason: str) -> ServerUnavailableError:
    return ServerUnavailableError(f"The server did not start: {reason}", remedy="Choose another --server.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """There is nothing to save, so there is nothing to wait for."""
    process.kill()
    process.wait()
