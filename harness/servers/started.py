"""A server that belongs to the harness: started for a run, ended with it."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Protocol, Self

import valkey

from harness.errors import ServerUnavailableError
from harness.servers import urls, views
from harness.servers.guardian import Guardian
from harness.servers.leasing import Leases
from harness.servers.model import Database, ServerInfo, anything

if TYPE_CHECKING:
    from collections.abc import Callable


class Backend(Protocol):
    """What the module of a backend has."""

    NAME: str

    def find(self) -> str:
        """Path of the server's program; raises `ServerUnavailableError` when this machine has none."""
        ...

    def running(self, binary: str, *, databases: int, guardian: Guardian) -> AbstractContextManager[str]:
        """A server while the context is open: on loopback, keeping nothing on disk, watched by the guardian.

        Yields its URL without a database number; raises `ServerUnavailableError` when it doesn't start.
        """
        ...


class StartedServer:
    """A server of one backend.

    Number 0 is never leased: a connection that has not selected its database yet stands there, and so do the harness's
    own. `advice` is asked what else the user could do when the server doesn't start.
    """

    info: ServerInfo

    def __init__(
        self,
        backend: Backend,
        binary: str,
        *,
        databases: int,
        advice: Callable[[], str],
        guardian: Guardian | None = None,
    ) -> None:
        self._backend = backend
        self._binary = binary
        self._advice = advice
        self._guardian = guardian
        self._stack = ExitStack()
        self._databases = databases
        self._leases = Leases((), prepare=self._empty)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            guardian = self._guardian or stack.enter_context(Guardian())
            url = self._start(stack, guardian)
            self.info = describe(self._backend.NAME, url)
            numbers = range(1, self._databases + 1)
            databases = [Database(url=urls.with_number(url, number), number=number) for number in numbers]
            self._leases = Leases(databases, prepare=self._empty)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @property
    def capacity(self) -> int:
        """How many databases can be leased at the same time."""
        return self._leases.capacity

    def lease(self, *, owns: Callable[[str], bool] = anything) -> AbstractContextManager[Database]:
        """An empty database for one cell, with every connection that an earlier cell left there ended."""
        return self._leases.lease(owns)

    def _start(self, stack: ExitStack, guardian: Guardian) -> str:
        try:
            running = self._backend.running(self._binary, databases=self._databases + 1, guardian=guardian)
            return stack.enter_context(running)
        except ServerUnavailableError as error:
            raise ServerUnavailableError(error.problem, remedy=self._advice()) from error

    def _empty(self, database: Database) -> None:
        """Empty a database of our own.

        First its connections go: what a killed cell had sent may still wait in their buffers, to be carried out after
        the flush.
        """
        try:
            with views.connected(database.url) as client:
                own = str(client.client_id())
                for row in client.client_list():
                    if row["db"] == str(database.number) and row["id"] != own:
                        client.client_kill_filter(_id=row["id"])
                client.flushdb()
        except (valkey.ValkeyError, OSError) as error:
            raise ServerUnavailableError(
                f"The server that was started for this run ({self._backend.NAME}) is gone: {error}",
                remedy="Something ended it: somebody, or the system for want of memory. What was recorded is kept. "
                "Run again.",
            ) from error


def describe(backend: str, url: str) -> ServerInfo:
    """What the server says of itself; raises `ServerUnavailableError` when it doesn't."""
    try:
        with views.connected(url) as client:
            said = client.info("server")
    except (valkey.ValkeyError, OSError) as error:
        raise gone(url, error) from error
    product = said.get("server_name", "redis")
    return ServerInfo(backend=backend, product=product, version=str(said.get(f"{product}_version", "unknown")))


def gone(url: str, error: Exception) -> ServerUnavailableError:
    """The error for a server that doesn't do what it is asked, without its password."""
    return ServerUnavailableError(
        f"The server at {urls.masked(url)} can't be used: {urls.without_secrets(str(error), url)}",
        remedy="Check the address, the user and the password, and that the server is running.",
    )
