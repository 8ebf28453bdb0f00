"""The server's view of the suite's database, asked for over a socket of our own: no client library is involved."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import ssl
import sys
import time
from typing import TYPE_CHECKING, Any, List, Mapping, Sequence, Tuple, Union
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from io import BufferedRWPair
    from urllib.parse import SplitResult

MOST_KEYS = 100
TIMEOUT = 5.0
"""Seconds until it is connected, and until all its answers are there."""

MOST_BYTES = 64 * 2**20
"""Of all answers together."""

NONSENSE = "the server doesn't answer as one of Valkey does"

DEEPEST = 8
"""Lists in lists."""

PLAIN = ("valkey", "redis")
ENCRYPTED = ("valkeys", "rediss")

Reply = Union[None, int, bytes, List["Reply"]]
Command = Tuple[str, ...]

LIST_CLIENTS: List[Command] = [("CLIENT", "ID"), ("CLIENT", "LIST")]  # noqa: UP006 - as below


class ReplyError(Exception):
    """The server answered with an error, or with something that isn't RESP."""


def view(url: str) -> dict[str, object]:
    """Names of the clients connected to the URL's database, and its keys (at most 100, sorted).

    Raises OSError, ReplyError or ValueError.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    path = "" if parts.scheme == "unix" else parts.path
    database = int(options.get("db") or path.strip("/") or 0)
    user = unquote(options.get("username") or parts.username or "")
    password = unquote(options.get("password") or parts.password or "")
    with _connection(parts, options) as connection, open_stream(connection) as stream:
        *_, own, listing, first = ask_all(
            stream, [*_log_in(user, password), ("SELECT", str(database)), *LIST_CLIENTS, _make_scan(b"0")]
        )
        return {"clients": _read_clients(own, listing, database), "keys": _keys(stream, first)}


def view_clients(urls: List[str]) -> dict[str, object]:  # noqa: UP006 - as below
    """Names of all clients of these servers, whatever database they use; the keys are looked for from outside.

    Raises OSError, ReplyError or ValueError.
    """
    names: list[str] = []
    for url in urls:
        with _connection(urlsplit(url), {}) as connection, open_stream(connection) as stream:
            own, listing = ask_all(stream, LIST_CLIENTS)
            names += _read_clients(own, listing, None)
    return {"clients": sorted(names), "keys": []}


def view_own_clients(url: str) -> dict[str, object]:
    """Names of the clients of this process, whatever database they use. Raises OSError, ReplyError or ValueError."""
    mine = _list_ports()
    with _connection(urlsplit(url), {}) as connection, open_stream(connection) as stream:
        parts = urlsplit(url)
        *_, own, listing = ask_all(
            stream, [*_log_in(unquote(parts.username or ""), unquote(parts.password or "")), *LIST_CLIENTS]
        )
        if not (isinstance(own, int) and isinstance(listing, bytes)):
            raise ReplyError(NONSENSE)
        rows = [_read_row(line) for line in listing.decode().splitlines()]
    names = [row.get("name", "") for row in rows if int(row.get("addr", ":0").rpartition(":")[2]) in mine]
    return {"clients": sorted(names), "keys": []}


def _list_ports() -> set[int]:
    """The ports of this process's sockets. None are known where there is no list of what is open."""
    ports = set()
    for name in os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else ():  # noqa: PTH112, PTH208 - numbers are wanted
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as copy:
            address = copy.getsockname()
            if copy.family in (socket.AF_INET, socket.AF_INET6):
                ports.add(address[1])
    return ports


def _read_row(line: str) -> dict[str, str]:
    return dict(field.partition("=")[::2] for field in line.split(" "))


def _read_clients(own: Reply, listing: Reply, database: int | None) -> list[str]:
    if not (isinstance(own, int) and isinstance(listing, bytes)):
        raise ReplyError(NONSENSE)
    return client_names(listing.decode(), database, own)


def open_stream(connection: socket.socket) -> io.BufferedRWPair:
    """Reads and writes over a connection, within the limits of time and bytes. Raises OSError or ReplyError."""
    limited = _Limited(connection)
    return io.BufferedRWPair(limited, limited)


class _Limited(io.RawIOBase):
    """A connection that ends, whatever the server sends: its URL may lead anywhere."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = time.monotonic() + TIMEOUT
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise ReplyError("the server's answers don't end")
        self._connection.settimeout(left)
        number = self._connection.recv_into(buffer)
        self._left -= number
        if self._left < 0:
            raise ReplyError("the server's answers are too long")
        return number

    def write(self, data: Any) -> int:
        return self._connection.send(data)


def ask(stream: BufferedRWPair, *words: str) -> Reply:
    """Send one command and return its reply. Raises ReplyError."""
    return ask_all(stream, [words])[0]


def ask_all(stream: BufferedRWPair, commands: Sequence[Command]) -> list[Reply]:
    """Send commands together and return their replies. Raises ReplyError if one is an error."""
    for words in commands:
        stream.write(b"*%d\r\n" % len(words))
        for word in words:
            encoded = word.encode()
            stream.write(b"$%d\r\n%s\r\n" % (len(encoded), encoded))
    stream.flush()
    return [read_reply(stream) for _ in commands]


def read_reply(stream: BufferedRWPair, depth: int = 0) -> Reply:
    """One RESP2 value. Raises ReplyError or ValueError."""
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ReplyError("the server closed the connection")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise ReplyError(rest.decode(errors="replace"))
    if kind == b"+":
        return rest
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == b"-1" else _read_exactly(stream, int(rest) + 2)[:-2]
    if kind == b"*" and depth < DEEPEST:
        return None if rest == b"-1" else [read_reply(stream, depth + 1) for _ in range(int(rest))]
    raise ReplyError(f"not RESP: {line[:50]!r}")


def _read_exactly(stream: BufferedRWPair, number: int) -> bytes:
    if not 0 <= number <= MOST_BYTES:  # memory for so much is taken before anything is read
        raise ReplyError("the server's answer is too long")
    return stream.read(number)


def client_names(listing: str, database: int | None, own: int) -> list[str]:
    """The names in a `CLIENT LIST` of one database or all, sorted, without the connection whose id is `own`."""
    names = []
    for line in listing.splitlines():
        fields = _read_row(line)
        if database in (None, int(fields.get("db", "-1"))) and fields.get("id") != str(own):
            names.append(fields.get("name", ""))
    return sorted(names)


def _connection(parts: SplitResult, options: Mapping[str, str]) -> socket.socket:
    """A connection to the server, encrypted and checked against certificates if the URL says so."""
    if parts.scheme == "unix":
        return _local_connection(unquote(parts.path))
    if parts.scheme not in PLAIN + ENCRYPTED or parts.hostname is None:
        raise ReplyError(f"can't look at a server through {parts.scheme}://")
    connection = socket.create_connection((parts.hostname, parts.port or 6379), TIMEOUT)
    if parts.scheme in PLAIN:
        return connection
    return _context(options).wrap_socket(connection, server_hostname=parts.hostname)


def _local_connection(path: str) -> socket.socket:
    if sys.platform == "win32":
        raise ReplyError("there are no Unix sockets here")
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(TIMEOUT)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _context(options: Mapping[str, str]) -> ssl.SSLContext:
    """What a client makes of the options of TLS."""
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"), capath=options.get("ssl_ca_path"))
    context.check_hostname = options.get("ssl_check_hostname", "").lower() in ("true", "1", "yes", "on", "y", "t")
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if "ssl_certfile" in options:
        context.load_cert_chain(options["ssl_certfile"], options.get("ssl_keyfile"), options.get("ssl_password"))
    return context


def _log_in(user: str, password: str) -> list[Command]:
    """As a client does: a user without a password is one with an empty one."""
    if user:
        return [("AUTH", user, password)]
    return [("AUTH", password)] if password else []


def _make_scan(cursor: bytes) -> Command:
    return ("SCAN", cursor.decode(), "COUNT", "1000")


def _keys(stream: BufferedRWPair, reply: Reply) -> list[str]:
    """All keys; `reply` is that to the first scan."""
    keys: set[str] = set()
    while True:
        if not (isinstance(reply, list) and len(reply) == 2):
            raise ReplyError(NONSENSE)
        next_cursor, found = reply
        if not (isinstance(next_cursor, bytes) and isinstance(found, list)):
            raise ReplyError(NONSENSE)
        keys.update(key.decode(errors="backslashreplace") for key in found if isinstance(key, bytes))
        if next_cursor == b"0" or len(keys) >= MOST_KEYS:
            return sorted(keys)[:MOST_KEYS]
        reply = ask(stream, *_make_scan(next_cursor))
