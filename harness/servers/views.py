"""Looking at one database from outside."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import valkey

from harness.servers import urls
from harness.servers.asking import IMPATIENT, Asking
from harness.servers.patience import LONGEST, expect_answers, limit_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.servers.model import Whole

    Ask = Callable[..., list[Any]]

MOST_KEYS = 100
"""Keys of a database that are named."""

_DATABASE = re.compile(rb"^db(\d+):", re.MULTILINE)

SCAN = ("SCAN", "0", "COUNT", "1000")

LIST_CLIENTS = (("CLIENT", "ID"), ("CLIENT", "LIST"))


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
    with Asking(url) as server:
        (scanned,) = server.ask_in_database(SCAN)
        return collect_keys(server.ask, scanned)


def read_all_keys(whole: Whole) -> tuple[str, ...]:
    """The keys in all databases of these servers, as `read_keys` has them; where one is stands behind its name.

    Raises `valkey.ValkeyError` when a server can't be asked.
    """
    found: set[bytes] = set()
    for port, url in zip(whole.ports, whole.views, strict=True):
        with Asking(url) as server, expect_answers():
            (keyspace,) = server.ask(("INFO", "keyspace"))
            for number in map(int, _DATABASE.findall(keyspace)):
                _, scanned = server.ask(("SELECT", number), SCAN)
                places = [f"port {port}"] if port != whole.ports[0] else []
                places += [f"database {number}"] if number else []
                where = f" ({', '.join(places)})" if places else ""
                found |= {key + where.encode() for key in _scan(server.ask, scanned)}
    return _format_keys(found)


def read_clients_and_keys(url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the connections to a database without our own, "" for one without a name; and its keys.

    Raises `valkey.ValkeyError` when the server can't be asked.
    """
    with Asking(url) as server:
        own, listed, scanned = server.ask_in_database(*LIST_CLIENTS, SCAN)
        return read_names(own, listed, urls.read_number(url) or 0), collect_keys(server.ask, scanned)


def read_names(own: int, listed: bytes, database: int) -> tuple[str, ...]:
    """The names of a database's clients in the answers to `LIST_CLIENTS`.

    Raises `valkey.InvalidResponse`, as `collect_keys` does, for answers that make no sense.
    """
    with expect_answers():
        rows = [dict(field.partition("=")[::2] for field in row.split(" ")) for row in listed.decode().splitlines()]
        return tuple(sorted(row["name"] for row in rows if row["db"] == f"{database}" and row["id"] != f"{own}"))


def collect_keys(ask: Ask, scanned: tuple[bytes, list[bytes]]) -> tuple[str, ...]:
    """Names of the keys, sorted, from the first answer to `SCAN` on; past `MOST_KEYS` the rest is only counted."""
    with expect_answers():
        return _format_keys(_scan(ask, scanned))


def _scan(ask: Ask, first: tuple[bytes, list[bytes]]) -> set[bytes]:
    """All keys, from the first answer to `SCAN` on."""
    cursor, found = first
    names = set(found)
    while int(cursor):
        ((cursor, found),) = ask(("SCAN", int(cursor), *SCAN[2:]))
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
