"""A URL may lead to anything: whatever is there, looking at it ends, with one line that says why."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.errors import ExitCode
from harness.probe import server_view
from harness.servers import patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REPLIES = {
    "an error": b"-ERR no\r\n",
    "always yes": b"+OK\r\n",
    "a number": b":1\r\n",
    "nothing there": b"$-1\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "no number": b"*many\r\n",
    "no length": b"$-7\r\n",
    "lists in lists": b"*1\r\n" * 5000,
    "a list that doesn't end": b"*999999999\r\n",
    "more than there is memory": b"$999999999999999\r\n",
    "no text": b"$4\r\n\xff\xfe\xfd\xfc\r\n",
    "an empty list": b"*0\r\n",
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for."""
    for module in (patience, server_view):
        monkeypatch.setattr(module, "TIMEOUT", 0.4)
        monkeypatch.setattr(module, "MOST_BYTES", 2**20)


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that answers so, to each of its clients, once something is asked."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while connection.recv(4096):
                answer(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"valkey://127.0.0.1:{listener.getsockname()[1]}/3"
        listener.shutdown(socket.SHUT_RDWR)


def send_without_end(connection: socket.socket) -> None:
    connection.sendall(b"+")
    while True:
        connection.sendall(b"a" * 65536)


def send_drop_by_drop(connection: socket.socket) -> None:
    connection.sendall(b"$1000\r\n")
    while True:
        time.sleep(0.1)
        connection.sendall(b"a")


def say_nothing(_: socket.socket) -> None:
    """Keep the connection open."""


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


ANSWERS = [send_without_end, send_drop_by_drop, say_nothing, hang_up]
ANSWERS += [lambda connection, reply=reply: connection.sendall(reply) for reply in REPLIES.values()]  # type: ignore[misc]
NAMES = ["without end", "drop by drop", "silent", "hanging up", *REPLIES]


@pytest.mark.parametrize("answer", ANSWERS, ids=NAMES)
def test_a_server_that_is_none_is_refused_in_one_line(
    answer: Callable[[socket.socket], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server(answer) as url:
        options = ["--cell", "default/function/inside_test/none", "--results", str(tmp_path)]
        assert main(["matrix", *options, "--server", url]) == ExitCode.INFRASTRUCTURE
    printed = capsys.readouterr()
    assert printed.err.startswith(f"error: The server at {url} can't be used: ")
    assert printed.err.count("\n") == 2
    assert "Traceback" not in printed.err
    assert not printed.out


@pytest.mark.parametrize("answer", ANSWERS, ids=NAMES)
def test_the_probe_gives_up_on_it_too(answer: Callable[[socket.socket], None]) -> None:
    with server(answer) as url, pytest.raises((OSError, server_view.ReplyError, ValueError)):
        server_view.view(url)


@pytest.mark.parametrize(
    "url", ["valkey://", "valkey://:6380", "valkey:///0", "redis://?db=1", "rediss://joe@/3", "unix://", "unix://run/x"]
)
def test_an_address_without_a_host_leads_nowhere(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "--server", url]) == ExitCode.USAGE
    assert "names no" in capsys.readouterr().err
