"""Servers that belong to the harness: started for a run, ended with it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol, Self

import valkey

from harness.errors import ServerUnavailableError
from harness.processes.guardian import Guardian
from harness.servers import secrecy, urls, views
from harness.servers.cluster import run_cluster
from harness.servers.model import Place, ServerInfo, accept_any_key
from harness.servers.one_server import LocalServer
from harness.servers.whole_server import accept, is_alone, run_own, run_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from harness.servers.model import Database, Demand, Running
    from harness.servers.whole_server import WholeServer

ATTEMPTS = 3
"""How often to start a server anew that doesn't stay."""


class Backend(Protocol):
    """What the module of a backend has."""

    NAME: str

    def find(self) -> str:
        """Path of the server's program; raises `ServerUnavailableError` when this machine has none."""
        ...

    def run_server(self, binary: str, *, guardian: Guardian, place: Place) -> AbstractContextManager[Running]:
        """A server while the context is open: on loopback, keeping nothing on disk, watched by the guardian.

        Raises `ServerUnavailableError` when it doesn't start.
        """
        ...


class ServerPool:
    """Servers of one backend: one for each lease that is out at the same time, started when it is first needed.

    So no suite reaches what another one uses, whatever it does to its server, and a server that fails fails one suite.
    One that has been used is used again if nothing is left of that, and otherwise replaced. For a suite of the user's
    own one is started, and ended with it. `advice` is asked what else the user could do when a server doesn't start.
    """

    info: ServerInfo
    notes: tuple[str, ...] = ()

    def __init__(
        self,
        backend: Backend,
        binary: str,
        *,
        databases: int,
        advice: Callable[[], str],
        guardian: Guardian | None = None,
    ) -> None:
        self.capacity = databases
        self._backend = backend
        self._binary = binary
        self._advice = advice
        self._given = guardian
        self._guardian = guardian or Guardian()
        self._places = threading.BoundedSemaphore(databases)
        self._lock = threading.Lock()
        self._idle: list[LocalServer] = []
        self._leased: dict[Database, LocalServer | WholeServer] = {}
        self._host = threading.Lock()  # of the machine's network
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            if self._given is None:
                stack.enter_context(self._guardian)
            stack.callback(self._end_all)
            first = self._start()
            self._idle.append(first)
            self.info = describe(self._backend.NAME, first.database.url)
            self.notes = (first.note,) if first.note else ()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def accept(self, demand: Demand) -> tuple[str, ...]:
        """What the user should know about suites that are run so. Raises `UsageError` where a port is taken."""
        return accept(demand, self._backend.NAME)

    @contextlib.contextmanager
    def lease(
        self,
        *,
        owns: Callable[[str], bool] = accept_any_key,  # noqa: ARG002 - all of it is ours
        demand: Demand | None = None,
    ) -> Iterator[Database]:
        """A database of a server that nobody else uses, as it is after a start."""
        with self._reuse() if demand is None else self._run_whole(demand) as server:
            self._leased[server.database] = server
            try:
                yield server.database
            finally:
                del self._leased[server.database]

    def trouble(self, database: Database) -> str:
        """What kept the server of a leased database from serving it; empty if nothing did."""
        return self._leased[database].trouble()

    @contextlib.contextmanager
    def _reuse(self) -> Iterator[LocalServer]:
        with self._places:
            server = self._ready()
            try:
                yield server
            finally:
                with self._lock:
                    self._idle.append(server)

    @contextlib.contextmanager
    def _run_whole(self, demand: Demand) -> Iterator[WholeServer]:
        if demand.kind != "suite":
            with run_cluster(self._run) if demand.kind == "cluster" else run_own(self._run) as server:
                yield server
            return
        name = self._backend.NAME
        host = contextlib.nullcontext() if is_alone(demand, name) else self._host
        with host, run_whole(self._run, demand, name) as server:
            yield server

    def _run(self, place: Place) -> AbstractContextManager[Running]:
        return self._backend.run_server(self._binary, guardian=self._guardian, place=place)

    def _ready(self) -> LocalServer:
        """A server as good as new."""
        with self._lock:
            server = self._idle.pop() if self._idle else None
        for _ in range(ATTEMPTS):
            server = server or self._start()
            unfit = server.renew()
            if not unfit:
                return server
            server.end()
            server = None
        raise ServerUnavailableError(
            f"No server that is started for this run ({self._backend.NAME}) stays: {unfit}.",
            remedy="Something ends them: somebody, or the system for want of memory. What was recorded is kept. "
            "Run again.",
        )

    def _start(self) -> LocalServer:
        try:
            return LocalServer(self._run(Place()))
        except ServerUnavailableError as error:
            raise ServerUnavailableError(error.problem, remedy=f"{error.remedy} {self._advice()}") from error

    def _end_all(self) -> None:
        for server in [*self._idle, *self._leased.values()]:
            if isinstance(server, LocalServer):  # the others end with their lease
                server.end()


def describe(backend: str, url: str) -> ServerInfo:
    """The server's product and version; raises `ServerUnavailableError` when it doesn't."""
    try:
        with views.connect(url) as client:
            fields = client.info("server")
    except (valkey.ValkeyError, OSError) as error:
        raise make_gone_error(url, error) from error
    product = fields.get("server_name", "redis")
    return ServerInfo(backend=backend, product=product, version=str(fields.get(f"{product}_version", "unknown")))


def make_gone_error(url: str, error: Exception) -> ServerUnavailableError:
    """The error for a server that doesn't do what it is asked, without its password."""
    return ServerUnavailableError(
        f"The server at {urls.mask_password(url)} can't be used: {secrecy.hide_password(str(error), url)}",
        remedy="Check the address, the user and the password, and that the server is running.",
    )
