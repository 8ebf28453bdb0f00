"""How the servers are configured that the harness starts, whatever program runs them."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.servers.model import Place

SOCKET = "socket"
"""Name of the Unix socket in a server's folder."""

LONGEST_PATH = 100
"""Bytes of a Unix socket's path. Linux has room for 107, macOS for 103."""

OPTIONS = {
    "save": "",
    "appendonly": "no",
    # A suite that fills its server must not fill the machine. No suite of the catalogue holds more than a few keys.
    "maxmemory": "1gb",
}


def make_arguments(options: Mapping[str, str], password: str) -> list[str]:
    """The options, and for whom it listens where, as a command line has them.

    A program that has `localhost` written down may try IPv6 first, which not every system has.
    """
    bound = ["--bind", "127.0.0.1", *(() if password else ("-::1",))]
    return [*bound, *make_lock(password), *write_options(options)]


def make_lock(password: str) -> list[str]:
    """What has a server ask for a password, if there is one.

    Every user of the machine can read a command line, so there is no password in it but what it is recognised by.
    """
    if not password:
        return []
    return ["--user", "default", "on", f"#{hashlib.sha256(password.encode()).hexdigest()}", "~*", "&*", "+@all"]


def write_options(options: Mapping[str, str]) -> list[str]:
    """Options as a command line has them."""
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def make_password(place: Place) -> str:
    """A new one for a server on loopback, which every user of the machine reaches; none for an open server."""
    return "" if place.open else secrets.token_urlsafe(18)


def make_url(port: int, password: str) -> str:
    """Where clients reach it."""
    return f"valkey://{f':{password}@' if password else ''}127.0.0.1:{port}"


def choose_parent() -> str | None:
    """The folder for folders of servers with a Unix socket, if that isn't the usual one: its path may be too long."""
    longest = len(os.fsencode(tempfile.gettempdir())) + len(f"/valkey-loop-matrix-server-{'x' * 8}/{SOCKET}")
    return "/tmp" if longest > LONGEST_PATH and os.name == "posix" else None  # noqa: S108 - the folder is private


def find_socket(folder: Path, place: Place) -> str:
    """Path of the Unix socket through which we look at an open server; empty if there is to be none."""
    return str(folder / SOCKET) if place.open and hasattr(socket, "AF_UNIX") else ""
