"""Looking at one database from outside, with a connection that is closed again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import valkey
from valkey.backoff import NoBackoff
from valkey.retry import Retry

from harness.servers import urls

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 5.0
"""Seconds that one command or connection attempt may take."""


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A client of one database; its errors are `valkey.ValkeyError`, and nothing is tried twice.

    Untyped, because valkey-py types every answer as if it might have to be awaited.
    """
    client: Any = valkey.Valkey.from_url(
        url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
    )
    try:
        yield client
    finally:
        client.close()


def answers(url: str) -> bool:
    """Whether the server is there."""
    with connected(url) as client:
        try:
            return bool(client.ping())
        except (valkey.ValkeyError, OSError):
            return False


def keys(url: str, limit: int = 100) -> tuple[str, ...]:
    """Names of the keys in a database, sorted; past `limit` the rest is only counted, in a last entry.

    Raises `valkey.ValkeyError` when the server can't be asked.
    """
    with connected(url) as client:
        found = sorted({shown(key) for key in client.scan_iter(count=1000)})
    if len(found) <= limit:
        return tuple(found)
    return (*found[:limit], f"… and {len(found) - limit} more")


def clients(url: str) -> tuple[str, ...]:
    """The names of the connections to a database, our own left out; "" for one without a name.

    Raises `valkey.ValkeyError` when the server can't be asked.
    """
    database = urls.number(url) or 0
    with connected(url) as client:
        own = str(client.client_id())
        listed = client.client_list()
    return tuple(sorted(row["name"] for row in listed if row["db"] == str(database) and row["id"] != own))


def shown(key: bytes) -> str:
    """A key's name as text, whatever bytes it is made of."""
    return key.decode("utf-8", "backslashreplace")
