"""Handing out numbered databases, each to one cell at a time."""

from __future__ import annotations

from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING

from harness.servers.model import accept_any_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.servers.model import Database

    Owns = Callable[[str], bool]


class Leases:
    """The databases of one server. A database is out at most once; the one that has rested longest goes out next.

    `prepare` sees to it that a database is empty or raises, and then nobody gets it; `clean` runs after a cell that
    had the database, and only then, with what says which keys are the cell's.
    """

    def __init__(
        self,
        databases: Sequence[Database],
        *,
        prepare: Callable[[Database], None],
        clean: Callable[[Database, Owns], None] = lambda _database, _owns: None,
    ) -> None:
        self.capacity = len(databases)
        self._prepare = prepare
        self._clean = clean
        self._free: SimpleQueue[Database] = SimpleQueue()
        for database in databases:
            self._free.put(database)

    @contextmanager
    def lease(self, owns: Owns = accept_any_key) -> Iterator[Database]:
        """One database; blocks while all are out."""
        database = self._free.get()
        try:
            self._prepare(database)
            try:
                yield database
            finally:
                self._clean(database, owns)
        finally:
            self._free.put(database)
