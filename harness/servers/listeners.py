"""Which program listens on a port of this machine."""

from __future__ import annotations

import contextlib
import socket

import psutil

LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def describe_listener(port: int) -> str:
    """The program on a port of the loopback interface, as it may be named to the user; empty if it is free.

    The system doesn't always say whose a port is.
    """
    if not any(_is_taken(family, host, port) for family, host in LOOPBACK):
        return ""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (process {process.pid} of {process.username()})"
    return "another user's program"


def _is_taken(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            attempt.settimeout(1.0)
            return attempt.connect_ex((host, port)) == 0
    except OSError:  # a system without IPv6
        return False
