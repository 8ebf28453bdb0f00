"""Runs a command with servers of its own beside it: `python serving.py SERVER PORT,… SECONDS COMMAND…`.

The servers have their default settings but for the disk, as on a developer's machine. What the command took is written
to the file SECONDS, the start of the servers not counted. Standard library only.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 20.0
"""Seconds until a server must listen."""


def main() -> int:
    """Run the command, and return its exit code."""
    server, ports, seconds, *command = sys.argv[1:]
    with contextlib.ExitStack() as stack:
        for port in ports.split(","):
            stack.enter_context(serve(server, int(port)))
        clock = time.perf_counter()
        code = subprocess.call(command)
        Path(seconds).write_text(str(time.perf_counter() - clock), "ascii")
    return code


@contextlib.contextmanager
def serve(server: str, port: int) -> Iterator[None]:
    """An empty server on this port of the loopback interface."""
    command = [server, "--port", str(port), "--save", "", "--bind", "127.0.0.1", "-::1"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        await_listener(port)
        yield
    finally:
        process.kill()
        process.wait()


def await_listener(port: int) -> None:
    """Return when somebody listens. Raises `TimeoutError`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise TimeoutError(f"no server on port {port}")


if __name__ == "__main__":
    sys.exit(main())
