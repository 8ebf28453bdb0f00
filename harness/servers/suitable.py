"""Whether somebody's server can serve suites at all. What is asked here changes nothing there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import valkey

from harness.errors import ServerUnavailableError
from harness.servers import urls, views
from harness.servers.pool import make_gone_error

if TYPE_CHECKING:
    from harness.servers.model import Database

KEY = "valkey-loop-matrix"
"""A key, and a channel, that nobody has."""

DONE_BY_SUITES = (
    ("FLUSHDB",),
    ("SET", KEY, ""),
    ("GET", KEY),
    ("DEL", KEY),
    ("RPUSH", KEY, ""),
    ("BLPOP", KEY, "1"),
    ("PUBLISH", KEY, ""),
    ("SUBSCRIBE", KEY),
)
"""Commands that need the rights that suites need."""


def require_primary(url: str) -> None:
    """Raise `ServerUnavailableError` for a server that refuses what suites write, or sends them elsewhere for it."""
    try:
        with views.connect(url) as client:
            replication, cluster = client.info("replication"), client.info("cluster")
    except (valkey.ValkeyError, OSError) as error:
        raise make_gone_error(url, error) from error
    if replication.get("role") != "master":
        raise _make_error(url, "it is a replica", "Name a server that takes writes, best one that has no replicas.")
    if cluster.get("cluster_enabled"):
        raise _make_error(
            url, "it is a part of a cluster", "Name a single server: the suites' clients know nothing of clusters."
        )


def require_rights(database: Database) -> None:
    """Raise `ServerUnavailableError` if we may not look at keys and connections, or may not do what suites do."""
    try:
        views.read_clients_and_keys(database.url)
        with views.connect(database.url) as client, client.client() as alone:
            alone.execute_command("SELECT", database.number)
            # Rights are looked at when a command is put into a transaction, and this one is never carried out.
            alone.execute_command("MULTI")
            for command in DONE_BY_SUITES:
                _queue(alone, database, command)
            with contextlib.suppress(valkey.ResponseError):
                alone.execute_command("DISCARD")
    except (valkey.ValkeyError, OSError) as error:
        raise make_gone_error(database.url, error) from error


def _queue(client: Any, database: Database, command: tuple[str, ...]) -> None:
    try:
        client.execute_command(*command)
    except valkey.ResponseError as error:
        raise _make_error(
            database.url,
            f"suites need {command[0]}, but {error}",
            "Name a user that may do this, or another server; the README lists the rights that are needed.",
        ) from error


def _make_error(url: str, reason: str, remedy: str) -> ServerUnavailableError:
    return ServerUnavailableError(f"The server at {urls.mask_password(url)} can't be used: {reason}.", remedy=remedy)
