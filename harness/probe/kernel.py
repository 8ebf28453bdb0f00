"""What Linux says about the network that this process is in. Elsewhere nothing is known."""

from __future__ import annotations

import os
import re
import socket
import sys
from typing import Dict, Iterator, List, Tuple

LISTENING, ESTABLISHED = "0A", "01"

_ACCEPTS, _CONNECTED = 0x10000, ("02", "03")  # of Unix sockets: a flag, and the states before and after `accept`

_SOCKET = re.compile(r"socket:\[(\d+)\]")


def count_failed_attempts() -> int:
    """How many connections were refused since the network was made."""
    rows = [line.split() for line in _read("snmp") if line.startswith("Tcp:")]
    return int(dict(zip(*rows)).get("AttemptFails", 0)) if len(rows) == 2 else 0


def is_listening(port: int) -> bool | None:
    """Whether anybody listens on the port; None where that isn't known."""
    if not sys.platform.startswith("linux"):
        return None
    return any(state == LISTENING and _port(local) == port for local, _, state, _ in _list_tcp())


def list_unix() -> Tuple[List[str], List[str]]:  # noqa: UP006 - written as Python 3.8 would have it
    """Paths of the Unix sockets of this network: those that listen, and those that somebody in it connected to.

    The far end of a connection belongs to the network of whoever connected, and has the path of the one that listens.
    """
    listening, connected = [], []
    for line in _read("unix")[1:]:
        fields = line.split(None, 7)
        if len(fields) < 8 or fields[7].startswith("@"):  # without a path: of this network alone
            continue
        if int(fields[3], 16) & _ACCEPTS:
            listening.append(fields[7])
        elif fields[5] in _CONNECTED:
            connected.append(fields[7])
    return listening, connected


def is_ephemeral(port: int) -> bool:
    """Whether the system may give the port to whoever asks for any."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as stream:  # noqa: PTH123
            first, last = map(int, stream.read().split())
    except (OSError, ValueError):
        return False
    return first <= port <= last


def list_connected() -> Iterator[Tuple[str, int]]:  # noqa: UP006 - written as Python 3.8 would have it
    """Host and port at the other end of each TCP connection that this process opened and has open."""
    try:
        names = os.listdir("/proc/self/fd")  # noqa: PTH208 - numbers are wanted
    except OSError:
        return
    own = {found[1] for found in map(_SOCKET.match, map(_read_link, names)) if found}
    rows = list(_list_tcp())
    listening = {_port(local) for local, _, state, _ in rows if state == LISTENING}
    for local, remote, state, inode in rows:
        if state == ESTABLISHED and inode in own and _port(local) not in listening:
            yield _host(remote), _port(remote)


def list_clients(port: int) -> Dict[str, str]:  # noqa: UP006
    """Hosts with a server on this port that somebody on this machine connected to, by the connection's other end.

    Also those that are closed, for a minute or so, whoever closed them.
    """
    found = {}
    for local, remote, state, _ in _list_tcp():
        if state != LISTENING and _port(remote) == port:
            found[local] = _host(remote)
        elif state != LISTENING and _port(local) == port and remote.startswith(local.partition(":")[0]):
            found[remote] = _host(local)
    return found


def _read_link(name: str) -> str:
    try:
        return os.readlink("/proc/self/fd/" + name)
    except OSError:  # the one that listed the folder
        return ""


def _list_tcp() -> Iterator[Tuple[str, str, str, str]]:  # noqa: UP006
    """Local and remote address, state and inode of each TCP socket of the network."""
    for name in ("tcp", "tcp6"):
        for line in _read(name)[1:]:
            fields = line.split()
            yield fields[1], fields[2], fields[3], fields[9]


def _read(name: str) -> List[str]:  # noqa: UP006
    try:
        with open("/proc/self/net/" + name, encoding="ascii", errors="surrogateescape") as stream:  # noqa: PTH123
            return stream.read().splitlines()
    except OSError:
        return []


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _host(address: str) -> str:
    """The kernel writes addresses as words in the machine's own order of bytes."""
    digits = address.partition(":")[0]
    words = [bytes.fromhex(digits[at : at + 8]) for at in range(0, len(digits), 8)]
    raw = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
