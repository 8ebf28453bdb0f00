"""Looking at one database from outside, with a connection that is closed again."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import valkey
from valkey.backoff import NoBackoff
from valkey.retry import Retry

from harness.servers import urls
from harness.servers.patience import LONGEST, TIMEOUT, expect_answers, limit_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.servers.model import Whole

    Command = Sequence[str | int]
    Ask = Callable[..., list[Any]]

IMPATIENT: dict[str, Any] = {
    "socket_timeout": TIMEOUT,
    "socket_connect_timeout": TIMEOUT,
    "retry": Retry(NoBackoff(), 0),  # nothing is tried twice
}

MOST_KEYS = 100
"""Keys of a database that are named."""

_DATABASE = re.compile(rb"^db(\d+):", re.MULTILINE)

SCAN = ("SCAN", "0", "COUNT", "1000")


@contextmanager
def connect(url: str, *, longest: float | None = LONGEST) -> Iterator[Any]:
    """A client of one database, for so many seconds; its errors are `valkey.ValkeyError`, and nothing is tried twice.

    Untyped, because valkey-py types every answer as if it might have to be awaited.
    """
    client: Any = valkey.Valkey.from_url(url, **IMPATIENT)
    pool = client.connection_pool
    pool.connection_class = limit_connection(pool.connection_class, longest)
    try:
        with expect_answers():
            yield client
    finally:
        client.close()


def is_answering(url: str) -> bool:
    """Whether the server is there."""
    with connect(url) as client:
        try:
            return bool(client.ping())
        except (valkey.ValkeyError, OSError):
            return False


def read_keys(url: str) -> tuple[str, ...]:
    """Names of the keys in a database, sorted; past `MOST_KEYS` the rest is only counted, in a last entry.

    Raises `valkey.ValkeyError` when the server can't be asked.
    """
    with _open_connection(url, SCAN) as ((scanned,), ask):
        return _format_keys(_scan(ask, scanned))


def read_all_keys(whole: Whole) -> tuple[str, ...]:
    """The keys in all databases of these servers, as `read_keys` has them; where one is stands behind its name.

    Raises `valkey.ValkeyError` when a server can't be asked.
    """
    found: set[bytes] = set()
    for port, url in zip(whole.ports, whole.views, strict=True):
        with _open_connection(url, ("INFO", "keyspace")) as ((keyspace,), ask):
            for number in map(int, _DATABASE.findall(keyspace)):
                _, scanned = ask(("SELECT", number), SCAN)
                places = [f"port {port}"] if port != whole.ports[0] else []
                places += [f"database {number}"] if number else []
                where = f" ({', '.join(places)})" if places else ""
                found |= {key + where.encode() for key in _scan(ask, scanned)}
    return _format_keys(found)


def read_clients_and_keys(url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the connections to a database without our own, "" for one without a name; and its keys.

    Raises `valkey.ValkeyError` when the server can't be asked.
    """
    database = f"{urls.read_number(url) or 0}"
    with _open_connection(url, ("CLIENT", "ID"), ("CLIENT", "LIST"), SCAN) as ((own, listed, scanned), ask):
        keys = _format_keys(_scan(ask, scanned))
        rows = [dict(field.partition("=")[::2] for field in row.split(" ")) for row in listed.decode().splitlines()]
        names = sorted(row["name"] for row in rows if row["db"] == database and row["id"] != str(own))
    return tuple(names), keys


@contextmanager
def _open_connection(url: str, *first: Command) -> Iterator[tuple[list[Any], Ask]]:
    """The answers to the first commands, and what asks more. Raises `valkey.ValkeyError`.

    Over a bare connection, and all at once: a client takes three times as long, and each cell is looked at twice.
    """
    pools: Any = valkey.ConnectionPool
    pool = pools.from_url(url, **IMPATIENT, lib_name=None, lib_version=None)
    pool.connection_class = limit_connection(pool.connection_class, LONGEST)
    database = pool.connection_kwargs.pop("db", 0)
    connection = pool.make_connection()

    def ask(*commands: Command) -> list[Any]:
        connection.send_packed_command(connection.pack_commands(commands))
        return [connection.read_response() for _ in commands]

    try:
        with expect_answers():
            connection.connect()
            chosen = [("SELECT", database)] if database else []  # not everybody may SELECT
            yield ask(*chosen, *first)[len(chosen) :], ask
    finally:
        connection.disconnect()


def _scan(ask: Ask, first: tuple[bytes, list[bytes]]) -> set[bytes]:
    """All keys, from the first answer to `SCAN` on."""
    cursor, found = first
    names = set(found)
    while int(cursor):
        ((cursor, found),) = ask(("SCAN", cursor, *SCAN[2:]))
        names.update(found)
    return names


def _format_keys(found: Iterable[bytes]) -> tuple[str, ...]:
    names = sorted(set(map(format_key, found)))
    if len(names) <= MOST_KEYS:
        return tuple(names)
    return (*names[:MOST_KEYS], f"… and {len(names) - MOST_KEYS} more")


def format_key(key: bytes) -> str:
    """A key's name as text, whatever bytes it is made of."""
    return key.decode("utf-8", "backslashreplace")
