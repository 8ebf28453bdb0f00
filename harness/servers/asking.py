"""One bare connection to a server. A client takes three times as long, and each cell is looked at twice."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import valkey
from valkey.backoff import NoBackoff
from valkey.retry import Retry

from harness.servers.patience import LONGEST, TIMEOUT, expect_answers, limit_connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    Command = Sequence[str | int]

IMPATIENT: dict[str, Any] = {
    "socket_timeout": TIMEOUT,
    "socket_connect_timeout": TIMEOUT,
    "retry": Retry(NoBackoff(), 0),  # nothing is tried twice
}


class Asking:
    """Answers to commands that are sent together. Entering connects; `longest` seconds later nothing is answered.

    Raises `valkey.ValkeyError`, also `valkey.InvalidResponse` for what no Valkey server answers.
    """

    def __init__(self, url: str, *, longest: float | None = LONGEST) -> None:
        pools: Any = valkey.ConnectionPool
        pool = pools.from_url(url, **IMPATIENT, lib_name=None, lib_version=None)
        pool.connection_class = limit_connection(pool.connection_class, longest)
        self._database = pool.connection_kwargs.pop("db", 0)
        self._connection = pool.make_connection()

    def __enter__(self) -> Self:
        with expect_answers():
            self._connection.connect()
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.disconnect()

    def ask(self, *commands: Command) -> list[Any]:
        """The answers of the server. All are read, then the first that is an error is raised.

        What has ended the connection raises `valkey.ConnectionError` once: the next question connects anew.
        """
        with expect_answers():
            self._connection.send_packed_command([_pack(commands)])
            answers = [self._read() for _ in commands]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def ask_in_database(self, *commands: Command) -> list[Any]:
        """The answers about the database that the URL names. Not everybody may SELECT."""
        chosen = [("SELECT", self._database)] if self._database else []
        return self.ask(*chosen, *commands)[len(chosen) :]

    def _read(self) -> Any:
        try:
            return self._connection.read_response()
        except valkey.ResponseError as error:
            return error


@lru_cache(maxsize=256)
def _pack(commands: tuple[Command, ...]) -> bytes:
    """The same few commands are sent again and again."""
    words = [[str(word).encode() for word in command] for command in commands]
    return b"".join(
        b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in command)
        for command in words
    )
