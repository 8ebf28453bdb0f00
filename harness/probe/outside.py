"""Connections to servers that weren't started for the suite: which, how often, and whether anybody was there.

Python says through an audit hook where its sockets connect to. Libraries in C and loops such as uvloop connect past it,
and other processes unheard: what of that was refused shows in the network's own counters, and what was not, among the
sockets that are open. What is closed at once shows on the usual port alone, where this machine may have a server that
others use, too.
"""

from __future__ import annotations

import os
import socket
from functools import partial
from socket import AF_INET, AF_INET6, SOCK_STREAM, getaddrinfo, inet_pton
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Set, Tuple
from weakref import WeakSet

from . import kernel

if TYPE_CHECKING:
    from .auditing import AuditHook
    from .clock import Clock
    from .guard import Guard
    from .writer import Writer

LOCAL_NAMES = ("", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
LOOPBACK = "127.0.0.1"
MOST_SERVERS = 50
MOST_NAMES = 20

USUAL_PORT = 6379

CONNECTED, REFUSED, UNKNOWN, SOMEBODY = "connected", "refused", "unknown", "somebody"
_RANK = (REFUSED, SOMEBODY, UNKNOWN, CONNECTED)

Place = Tuple[str, int]  # host and port; a Unix socket's path and 0


class Outside:
    """Writes a server again when it changed. `network` is `own`, in which nothing but the suite's own is, or `host`."""

    def __init__(
        self,
        network: str,
        served: List[str],  # noqa: UP006
        *,
        clock: Clock,
        writer: Writer,
        guard: Guard,
        audit: AuditHook,
    ) -> None:
        self._network = network
        self._clock = clock
        self._writer = writer
        self._served = set(_resolve(served))
        self._servers: Dict[Place, Dict[str, Any]] = {}  # noqa: UP006 - evaluated by nobody, written as 3.8 would have it
        self._changed: Set[Place] = set()  # noqa: UP006
        self._found: Dict[Place, Optional[str]] = {}  # noqa: UP006, UP045 - in this phase; None: it is the suite's own
        self._counts: Dict[Place, Dict[str, int]] = {}  # noqa: UP006 - by the way the host was written
        self._names: Dict[str, Dict[str, Any]] = {}  # noqa: UP006
        self._bound: Any = WeakSet()
        self._bound_any = False
        self._own_paths: Set[str] = set()  # noqa: UP006
        self._refused = 0
        self._failed_before = kernel.count_failed_attempts()
        self._clients = set(kernel.list_clients(USUAL_PORT)) if network == "host" else set()
        self._audit = audit
        self._write_network(0)
        audit.observe("socket.connect", partial(guard.run, self._connect))
        audit.observe("socket.bind", partial(guard.run, self._bind))
        audit.observe("socket.getaddrinfo", partial(guard.run, self._look_up))

    def flush(self) -> None:
        """Write what changed in the phase that ends."""
        if self._clock.when in ("call", "session"):
            if self._network == "own":
                self._find_open_paths()
            else:
                self._find_open()
                self._find_somebody()
        for place in self._changed:
            host, port = place
            self._writer.write("server", {"host": host, "port": port, **self._servers[place]})
        self._changed.clear()
        self._found.clear()

    def finish(self) -> None:
        """Write the rest. What connects from now on isn't the suite."""
        for event in ("socket.connect", "socket.bind", "socket.getaddrinfo"):
            self._audit.ignore(event)
        if self._network == "own":
            for name, seen in list(self._names.items())[:MOST_NAMES]:
                if not _is_known(name):
                    self._enter((name, 0), REFUSED, **seen)
        self.flush()
        if self._network == "own":
            self._write_network(max(0, kernel.count_failed_attempts() - self._failed_before - self._refused))

    def _write_network(self, unseen: int) -> None:
        self._writer.write("network", {"network": self._network, "unseen": unseen})

    def _connect(self, connection: Any, address: Any) -> None:
        place = _find_place(connection, address)
        if place is None or place in self._served:
            return
        if self._found.get(place, REFUSED) == REFUSED:  # who wasn't there may have come since
            self._found[place] = self._find_outcome(place)
        outcome = self._found[place]
        if outcome == REFUSED and place[0] == LOOPBACK:
            self._refused += 1
        if outcome is None:
            self._drop(place)
        else:
            self._enter(place, outcome, host=str(address[0]) if place[1] else "")

    def _bind(self, bound: Any, address: Any) -> None:
        self._bound.add(bound)
        if isinstance(address, (str, bytes)):
            self._own_paths.add(os.fsdecode(address))
        self._bound_any = self._bound_any or (isinstance(address, tuple) and address[1] == 0)

    def _look_up(self, host: Any, *_: Any) -> None:
        name = os.fsdecode(host) if isinstance(host, (str, bytes)) else ""
        if not name.isascii() or _is_number(name) or name in LOCAL_NAMES or len(self._names) > MOST_NAMES:
            return
        seen = self._names.setdefault(name, {"count": 0, "test": self._clock.test, "when": self._clock.when})
        seen["count"] += 1

    def _enter(
        self, place: Place, outcome: str, *, host: str = "", count: int = 1, test: str | None = None, when: str = ""
    ) -> None:
        line = self._servers.get(place)
        if line is not None and line["outcome"] == SOMEBODY != outcome:  # now it is known to be the suite
            self._counts[place].clear()
            line = None
        if line is None:
            if place not in self._servers and len(self._servers) >= MOST_SERVERS:
                return
            moment = (self._clock.test, self._clock.when) if test is None else (test, when)
            line = self._servers[place] = {"outcome": outcome, "count": 0, "test": moment[0], "when": moment[1]}
        counts = self._counts.setdefault(place, {})
        counts[host] = counts.get(host, 0) + count
        line["count"] = max(counts.values())  # `localhost` is tried as ::1 and as 127.0.0.1
        line["outcome"] = max(line["outcome"], outcome, key=_RANK.index)
        self._changed.add(place)

    def _drop(self, place: Place) -> None:
        """It is the suite's own, and what was refused there came before it listened."""
        line = self._servers.get(place)
        if line is not None and line["count"]:
            line["count"] = 0
            self._counts[place].clear()
            self._changed.add(place)

    def _find_outcome(self, place: Place) -> str | None:
        """What becomes of a connection; None if the suite itself listens there, or did."""
        host, port = place
        own = self._network == "own"
        if not port:
            if own:
                self._own_paths.update(kernel.list_unix()[0])
            if host in self._own_paths:
                return None
            return CONNECTED if os.path.exists(host) else REFUSED  # noqa: PTH110 - pathlib is imported by nobody here
        if host != LOOPBACK:
            return REFUSED if own else UNKNOWN
        if port in self._list_bound():
            return None
        listening = kernel.is_listening(port)
        if own:
            random = self._bound_any and kernel.is_ephemeral(port)
            return None if listening or random else REFUSED
        return UNKNOWN if listening is None else CONNECTED if listening else REFUSED

    def _list_bound(self) -> Iterator[int]:
        """Ports that sockets of this process are bound to."""
        for bound in list(self._bound):
            try:
                name = bound.getsockname()
            except OSError:  # closed
                continue
            if isinstance(name, tuple):
                yield name[1]

    def _find_open(self) -> None:
        """Enter what is open and came past the hook."""
        for host, port in kernel.list_connected():
            place = (LOOPBACK if _is_loopback(host) else host, port)
            if place not in self._served and place not in self._servers and port not in self._list_bound():
                self._enter(place, CONNECTED)

    def _find_open_paths(self) -> None:
        """The same of Unix sockets, which are no part of a network: whoever in it has one open, it is the suite's."""
        listening, connected = kernel.list_unix()
        self._own_paths.update(listening)
        for path in connected:
            if path not in self._own_paths and (path, 0) not in self._served and (path, 0) not in self._servers:
                self._enter((path, 0), CONNECTED)

    def _find_somebody(self) -> None:
        """Enter who connected to the usual port of this machine since the suite began, if that isn't known of it."""
        clients = kernel.list_clients(USUAL_PORT)
        for client in clients.keys() - self._clients:
            host = clients[client]
            place = (LOOPBACK if _is_loopback(host) else host, USUAL_PORT)
            line = self._servers.get(place)
            if place not in self._served and (line is None or line["outcome"] == SOMEBODY):
                self._enter(place, SOMEBODY)
        self._clients |= clients.keys()


def _find_place(connection: Any, address: Any) -> Place | None:
    """Where a connection leads to; None for what is no connection to a server."""
    if connection.type != SOCK_STREAM:
        return None
    if connection.family in (AF_INET, AF_INET6):
        host, port = address[:2]
        return LOOPBACK if _is_loopback(host) else str(host), int(port)
    if connection.family == getattr(socket, "AF_UNIX", None):
        path = os.fsdecode(address)
        return (path, 0) if path and not path.startswith("\0") else None  # without a path: of this network alone
    return None


def _resolve(served: List[str]) -> Iterator[Place]:  # noqa: UP006
    for each in served:
        host, _, port = each.rpartition(":")
        if not host or each.startswith("/"):
            yield each, 0
            continue
        yield (LOOPBACK if _is_loopback(host) else host), int(port)
        if not _is_loopback(host):
            try:
                yield from ((found[4][0], int(port)) for found in getaddrinfo(host, None, type=SOCK_STREAM))  # type: ignore[misc]
            except OSError:
                continue


def _is_loopback(host: str) -> bool:
    return host.lower() in LOCAL_NAMES or host.startswith(("127.", "::ffff:127.")) or host in ("::1", "0.0.0.0", "::")  # noqa: S104


def _is_number(host: str) -> bool:
    for family in (AF_INET, AF_INET6):
        try:
            inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return True
    return False


def _is_known(name: str) -> bool:
    """Whether a name can be found where no other machine can be asked."""
    try:
        getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return False
    return True
