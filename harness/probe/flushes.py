"""Who flushed which database, and which tests were at work in it just then: asked of workers, which may share one."""

from __future__ import annotations

import asyncio
import functools
import re
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest

from .places import caller

if TYPE_CHECKING:
    from .session import Probe

COMMAND = re.compile(rb"\*\d+\r\n\$\d+\r\n(\w+)\r\n(?:\$\d+\r\n([^\r]*)\r\n)?")

WITHOUT_DATA = frozenset({b"AUTH", b"CLIENT", b"HELLO", b"PING", b"QUIT", b"SELECT"})

# Bound here because a suite may replace it. One clock for all processes of a machine.
_now = time.monotonic


class Flushes:
    """A pytest plugin that watches what is sent on asyncio's streams."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._databases: WeakKeyDictionary[Any, int] = WeakKeyDictionary()  # of each connection, once it chose one
        self._began: dict[int, float] = {}  # when the test that runs sent its first command to a database
        streams: Any = asyncio.StreamWriter
        streams.write = self._observed(streams.write)
        streams.writelines = self._observed(streams.writelines)

    def _observed(self, original: Any) -> Any:
        @functools.wraps(original)
        def write(stream: Any, data: Any) -> Any:
            self._probe.guard.run(self._read, stream, data)
            return original(stream, data)

        return write

    def _read(self, stream: Any, data: Any) -> None:
        sent = b"".join(data) if isinstance(data, (list, tuple)) else bytes(data)
        for word, argument in COMMAND.findall(sent):
            command, database = word.upper(), self._databases.get(stream, 0)
            if command == b"SELECT":
                self._databases[stream] = int(argument)
            elif command in (b"FLUSHDB", b"FLUSHALL"):
                fields = {"moment": self._probe.clock.moment(caller()), "time": _now()}
                self._probe.writer.write("flush", {**fields, "database": database if command == b"FLUSHDB" else None})
            elif command not in WITHOUT_DATA:
                self._began.setdefault(database, _now())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        self._began = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._probe.writer.write("order", {"tests": [item.nodeid for item in session.items]})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        ended = _now()
        for database, began in self._began.items():
            span = {"test": item.nodeid, "database": database, "began": began, "ended": ended}
            self._probe.writer.write("at-work", span)
