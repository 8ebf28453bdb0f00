"""A server given by its URL. It is somebody's: nothing is flushed, and nothing is used that isn't empty."""

from __future__ import annotations

import contextlib
import threading
from itertools import islice
from typing import TYPE_CHECKING, Self

import valkey
from valkey.connection import parse_url
from valkey.exceptions import NoPermissionError

from harness.errors import DatabaseNotEmptyError, ServerGoneError, ServerUnavailableError, UnknownNameError, UsageError
from harness.servers import urls, views
from harness.servers.leasing import Leases
from harness.servers.model import Database, ServerInfo, accept_any_key
from harness.servers.pool import describe, make_gone_error
from harness.servers.suitable import require_primary, require_rights
from harness.servers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.servers.leasing import Owns
    from harness.servers.model import Demand
    from harness.servers.watch import Mark

NAME = "url"

SHOWN = 5
"""Keys named in the refusal to use a database."""

WRITTEN = "Write it as valkey://[[user]:password@]host[:port][/number]; signs such as / # in a password as %2F %23."

ROUNDS = 10
"""How often to look for keys after a cell: a connection of the cell may still be writing."""


class UrlServer:
    """The databases of somebody's server that were empty when we came.

    A URL with a database number gives that one; without, as many as are wanted from number 1 on, or number 0 where one
    is enough or the server has no other. After a cell the keys that it may have written are deleted by name. A key that
    it can't have written is somebody's: it stays, and nobody gets the database any more. What can't be kept safe is a
    key that somebody writes while a suite runs whose own habit is to flush its database.
    """

    info: ServerInfo
    notes: tuple[str, ...] = ()

    def __init__(self, url: str, *, databases: int) -> None:
        self._url = _check_url(url)
        self._wanted = databases
        self._leases = Leases((), prepare=_require_empty)
        self._marks: dict[int, Mark] = {}  # of each database, when it was leased last
        self._unclean: dict[int, Owns] = {}  # databases where keys of a cell may be left
        self._run_id = ""
        self._host = threading.Lock()  # of the machine's network

    def __enter__(self) -> Self:
        self.info = describe(NAME, self._url)
        require_primary(self._url)
        databases = list(self._usable())
        for database in databases:
            _require_empty(database)
        require_rights(databases[0])
        self._watch = Watch(self._describe_others(databases))
        self._watch.__enter__()
        self._leases = Leases(databases, prepare=self._prepare, clean=self._clean)
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing was started, and each lease has cleaned up after itself."""
        self._watch.__exit__()

    @property
    def capacity(self) -> int:
        """How many databases can be leased at the same time."""
        return self._leases.capacity

    def accept(self, demand: Demand) -> tuple[str, ...]:
        """What the user should know about suites that are run so. Raises `UsageError` for what only our servers do."""
        if demand.ports:
            raise UsageError(
                "--port starts servers of this program, and --server names somebody's.",
                remedy="Leave one of them out.",
            )
        return ("Your own suites run in this machine's network, one at a time: they are to reach the --server.",)

    @contextlib.contextmanager
    def lease(
        self, *, owns: Callable[[str], bool] = accept_any_key, demand: Demand | None = None
    ) -> Iterator[Database]:
        """A database that is empty; raises `DatabaseNotEmptyError` if somebody else wrote to it meanwhile."""
        with contextlib.nullcontext() if demand is None else self._host, self._leases.lease(owns) as database:
            yield database

    def trouble(self, database: Database) -> str:
        """What kept the server from serving since the database was leased; empty if nothing did."""
        return self._watch.trouble(self._marks[database.number])

    def _describe_others(self, databases: Sequence[Database]) -> str:
        """A database for our own connection: one that no cell has, whose connections would be counted, if there is."""
        taken = {database.number for database in databases}
        free = next(number for number in range(len(taken) + 1) if number not in taken)
        aside = self._database(free)
        with contextlib.suppress(ServerUnavailableError):
            if _exists(aside):
                return aside.url
        return databases[0].url

    def _prepare(self, database: Database) -> None:
        """See to it that the database is empty and the server the one that we know.

        Raises `ServerGoneError` when it can't be asked, `ServerUnavailableError` when it is another one by now, and
        `DatabaseNotEmptyError`.
        """
        try:
            mark = self._watch.mark()
            self._require_same(mark.condition.run_id)
            self._clean_up(database)
        except (valkey.ValkeyError, OSError) as error:
            raise _make_gone_error(make_gone_error(self._url, error)) from error
        if mark.condition.paused:
            raise ServerGoneError(
                f"The server at {urls.mask_password(self._url)} is paused.", remedy="Wait until it isn't."
            )
        try:
            _require_empty(database)
        except ServerUnavailableError as error:
            raise _make_gone_error(error) from error
        self._marks[database.number] = mark

    def _require_same(self, run_id: str) -> None:
        """Raise `ServerUnavailableError` if a server that was started anew is not what stands in the results."""
        if run_id == self._run_id:
            return
        info = describe(NAME, self._url)
        if info != self.info:
            raise ServerUnavailableError(
                f"The server at {urls.mask_password(self._url)} was {self.info.product} {self.info.version} and is "
                f"{info.product} {info.version} now.",
                remedy="What was recorded is kept. Run again: what the other server answers is measured anew.",
            )
        self._run_id = run_id

    def _clean(self, database: Database, owns: Owns) -> None:
        self._unclean[database.number] = owns
        with contextlib.suppress(valkey.ValkeyError, OSError):  # the next lease meets it again, and reports it
            self._clean_up(database)

    def _clean_up(self, database: Database) -> None:
        """Delete what a cell may have left in the database, also in one that was out of reach when the cell ended."""
        owns = self._unclean.get(database.number)
        if owns is not None:
            _delete_keys(database, owns)
            del self._unclean[database.number]

    def _usable(self) -> Iterator[Database]:
        chosen = urls.read_number(self._url)
        if chosen is not None:
            yield self._database(chosen)
            return
        # New connections belong to database 0 until they choose another: a neighbour's would look like a leak there.
        first = 1 if self._wanted > 1 and _exists(self._database(1)) else 0
        for number in range(first, first + self._wanted):
            database = self._database(number)
            if number > first and not _exists(database):
                return
            yield database

    def _database(self, number: int) -> Database:
        return Database(url=urls.replace_number(self._url, number), number=number)


def _check_url(url: str) -> str:
    """The URL, if a client can make sense of all of it. Raises `UsageError` that doesn't repeat its password."""
    scheme = url.partition("://")[0]
    if scheme not in urls.SCHEMES:
        raise UnknownNameError("URL scheme", scheme, urls.SCHEMES)
    try:
        parse_url(url)
        odd = urls.find_mistake(url)
    except ValueError as error:
        raise UsageError("The server's URL can't be understood.", remedy=WRITTEN) from error
    if odd:
        raise UsageError(f"The server's URL can't be understood: {odd}.", remedy=WRITTEN)
    return url


def _exists(database: Database) -> bool:
    """Whether the server has a database of this number. Asking by SELECT needs no right to read the configuration."""
    try:
        with views.connect(database.url) as client:
            client.dbsize()
    except NoPermissionError as error:
        raise make_gone_error(database.url, error) from error
    except (valkey.ResponseError, valkey.ConnectionError) as error:
        if views.is_answering(urls.replace_number(database.url, 0)):
            return False
        raise make_gone_error(database.url, error) from error
    return True


def _require_empty(database: Database) -> None:
    """Raise `DatabaseNotEmptyError` that names what is there, or `ServerUnavailableError`. Changes nothing."""
    try:
        with views.connect(database.url) as client:
            count = client.dbsize()
            if count == 0:
                return
            found = [views.format_key(key) for key in islice(client.scan_iter(count=100), SHOWN)]
    except (valkey.ValkeyError, OSError) as error:
        raise make_gone_error(database.url, error) from error
    raise _make_not_empty_error(database, count, found)


def _make_not_empty_error(database: Database, count: int, found: Iterable[str]) -> DatabaseNotEmptyError:
    shown = sorted(found)[:SHOWN]
    names = ", ".join(map(repr, shown))
    return DatabaseNotEmptyError(
        f"Database {database.number} of {urls.mask_password(database.url)} is not empty: "
        f"{count} key{'s' if count != 1 else ''}, {names}{', …' if count > len(shown) else ''}. They were left alone.",
        remedy="Name an empty database in the URL (…/5) that nobody else uses, or leave --server out to have a server "
        "started.",
    )


def _delete_keys(database: Database, owns: Callable[[str], bool]) -> None:
    """Delete what the cell left, by name; raise `DatabaseNotEmptyError` for what it can't have left.

    Raises `valkey.ValkeyError` or `OSError` when the server can't be asked.
    """
    with views.connect(database.url) as client:
        for _ in range(ROUNDS):
            found = list(client.scan_iter(count=1000))
            others = [views.format_key(key) for key in found if not owns(views.format_key(key))]
            mine = [key for key in found if owns(views.format_key(key))]
            for start in range(0, len(mine), 1000):
                client.delete(*mine[start : start + 1000])
            if others:
                raise _make_not_empty_error(database, len(others), others)
            if not found:
                return


def _make_gone_error(error: ServerUnavailableError) -> ServerGoneError:
    return ServerGoneError(error.problem, remedy=error.remedy)
