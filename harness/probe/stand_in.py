"""A server that gives the answers of an empty Valkey to the few commands of a rehearsal, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
from typing import Any, Iterator

ANSWERS = ((b"PING", b"+PONG\r\n"), (b"GET", b"$4\r\nripe\r\n"), (b"DEL", b":1\r\n"))


@contextlib.contextmanager
def stand_in() -> Iterator[int]:
    """The port it listens on, at 127.0.0.1. It is gone when the context is left, or this process is."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if sys.platform == "win32":
            raise NotImplementedError
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(write)
            try:
                _serve(listening, read)
            finally:
                os._exit(0)
        os.close(read)
        try:
            yield listening.getsockname()[1]
        finally:
            os.close(write)
            os.waitpid(pid, 0)


def _serve(listening: socket.socket, lifeline: int) -> None:
    """Answer until the other end of `lifeline` is closed."""
    streams: list[socket.socket] = []
    while True:
        waited: list[Any] = [listening, lifeline, *streams]
        ready = select.select(waited, [], [])[0]
        if lifeline in ready:
            return
        if listening in ready:
            streams.append(listening.accept()[0])
        for stream in streams[:]:
            if stream in ready and not _answered(stream):
                streams.remove(stream)
                stream.close()


def _answered(stream: socket.socket) -> bool:
    """Answer what was asked; False if the other end is closed."""
    with contextlib.suppress(OSError):
        asked = stream.recv(65536)
        stream.sendall(b"".join(map(_answer, asked.split(b"*")[1:])))
        return bool(asked)
    return False


def _answer(command: bytes) -> bytes:
    return next((answer for name, answer in ANSWERS if b"\r\n" + name + b"\r\n" in command), b"+OK\r\n")
