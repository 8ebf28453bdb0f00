"""A server given by its URL. It is somebody's: nothing is flushed, and nothing is used that isn't empty."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Self

import valkey
from valkey.connection import parse_url
from valkey.exceptions import NoPermissionError

from harness.errors import DatabaseNotEmptyError, UnknownNameError, UsageError
from harness.servers import urls, views
from harness.servers.leasing import Leases
from harness.servers.model import Database, ServerInfo, anything
from harness.servers.started import describe, gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

NAME = "url"

SHOWN = 5
"""Keys named in the refusal to use a database."""

WRITTEN = "Write it as valkey://[[user]:password@]host[:port][/number]; signs such as / # in a password as %2F %23."

ROUNDS = 10
"""How often to look for keys after a cell: a connection of the cell may still be writing."""


class UrlServer:
    """The databases of somebody's server that were empty when we came.

    A URL with a database number gives that one; without, as many of the first `databases` as the server has. After a
    cell the keys that it may have written are deleted by name. A key that it can't have written is somebody's: it
    stays, and nobody gets the database any more. What can't be kept safe is a key that somebody writes while a suite
    runs whose own habit is to flush its database.
    """

    info: ServerInfo

    def __init__(self, url: str, *, databases: int) -> None:
        self._url = _checked(url)
        self._wanted = databases
        self._leases = Leases((), prepare=_require_empty)

    def __enter__(self) -> Self:
        self.info = describe(NAME, self._url)
        databases = list(self._usable())
        for database in databases:
            _require_empty(database)
        _require_rights(databases[0])
        self._leases = Leases(databases, prepare=_require_empty, clean=_delete_keys)
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing was started, and each lease has cleaned up after itself."""

    @property
    def capacity(self) -> int:
        """How many databases can be leased at the same time."""
        return self._leases.capacity

    def lease(self, *, owns: Callable[[str], bool] = anything) -> AbstractContextManager[Database]:
        """A database that is empty; raises `DatabaseNotEmptyError` if somebody else wrote to it meanwhile."""
        return self._leases.lease(owns)

    def _usable(self) -> Iterator[Database]:
        chosen = urls.number(self._url)
        if chosen is not None:
            yield Database(url=urls.with_number(self._url, chosen), number=chosen)
            return
        for number in range(self._wanted):
            database = Database(url=urls.with_number(self._url, number), number=number)
            if number > 0 and not _exists(database):
                return
            yield database


def _checked(url: str) -> str:
    """The URL, if a client can make sense of all of it. Raises `UsageError` that doesn't repeat its password."""
    scheme = url.partition("://")[0]
    if scheme not in urls.SCHEMES:
        raise UnknownNameError("URL scheme", scheme, urls.SCHEMES)
    try:
        parse_url(url)
        odd = urls.not_understood(url)
    except ValueError as error:
        raise UsageError("The server's URL can't be understood.", remedy=WRITTEN) from error
    if odd:
        raise UsageError(f"The server's URL can't be understood: {odd}.", remedy=WRITTEN)
    return url


def _exists(database: Database) -> bool:
    """Whether the server has a database of this number. Asking by SELECT needs no right to read the configuration."""
    try:
        with views.connected(database.url) as client:
            client.dbsize()
    except NoPermissionError as error:
        raise gone(database.url, error) from error
    except (valkey.ResponseError, valkey.ConnectionError) as error:
        if views.answers(urls.with_number(database.url, 0)):
            return False
        raise gone(database.url, error) from error
    return True


def _require_rights(database: Database) -> None:
    """Raise `ServerUnavailableError` if we may not look at keys and connections, as is done around every cell."""
    try:
        views.keys(database.url)
        views.clients(database.url)
    except (valkey.ValkeyError, OSError) as error:
        raise gone(database.url, error) from error


def _require_empty(database: Database) -> None:
    """Raise `DatabaseNotEmptyError` that names what is there, or `ServerUnavailableError`. Changes nothing."""
    try:
        with views.connected(database.url) as client:
            count = client.dbsize()
            if count == 0:
                return
            found = [views.shown(key) for key in islice(client.scan_iter(count=100), SHOWN)]
    except (valkey.ValkeyError, OSError) as error:
        raise gone(database.url, error) from error
    raise _not_empty(database, count, found)


def _not_empty(database: Database, count: int, found: Iterable[str]) -> DatabaseNotEmptyError:
    shown = sorted(found)[:SHOWN]
    names = ", ".join(map(repr, shown))
    return DatabaseNotEmptyError(
        f"Database {database.number} of {urls.masked(database.url)} is not empty: "
        f"{count} key{'s' if count != 1 else ''}, {names}{', …' if count > len(shown) else ''}. They were left alone.",
        remedy="Name an empty database in the URL (…/5) that nobody else uses, or leave --server out to have a server "
        "started.",
    )


def _delete_keys(database: Database, owns: Callable[[str], bool]) -> None:
    """Delete what the cell left, by name; raise `DatabaseNotEmptyError` for what it can't have left.

    A server that has gone is met again, and reported, by the next lease.
    """
    try:
        with views.connected(database.url) as client:
            for _ in range(ROUNDS):
                found = list(client.scan_iter(count=1000))
                others = [views.shown(key) for key in found if not owns(views.shown(key))]
                mine = [key for key in found if owns(views.shown(key))]
                for start in range(0, len(mine), 1000):
                    client.delete(*mine[start : start + 1000])
                if others:
                    raise _not_empty(database, len(others), others)
                if not found:
                    return
    except (valkey.ValkeyError, OSError):
        return
