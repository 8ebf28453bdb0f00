"""One observed session: everything the probe knows and does, in one object made when the session starts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
import warnings

# Bound here because a suite may replace them.
from gc import collect
from os import fstat, lseek
from typing import TYPE_CHECKING

from . import unraisables
from .auditing import AuditHook
from .background import Background
from .chains import describe
from .clock import Clock
from .connections import ConnectionLedger
from .guard import Guard
from .imports import when_imported
from .loops import LoopLedger
from .outside import Outside
from .places import PROBE, Places, type_name
from .server_view import ReplyError, view, view_clients, view_own_clients
from .stacks import StackDumper
from .writer import Writer

if TYPE_CHECKING:
    from types import ModuleType

# Event loops that don't derive from asyncio's own; they export a Python class that can be observed.
FOREIGN_LOOPS = ("uvloop", "winloop")


class Probe:
    """Starts observing when created and never stops: what happens while the interpreter shuts down counts too.

    Writes from `begin` on, so a process that forks can create one and let each child begin with it.
    """

    def __init__(self) -> None:
        self.writer = Writer()
        self.places = Places()
        self.guard = Guard(self.writer, self.places)
        self.clock = Clock(self.writer, self.places)
        self.loops = LoopLedger(clock=self.clock, places=self.places, writer=self.writer, guard=self.guard)
        self.connections = ConnectionLedger(
            clock=self.clock, places=self.places, writer=self.writer, guard=self.guard, loops=self.loops
        )
        self.background = Background(
            clock=self.clock, places=self.places, writer=self.writer, guard=self.guard, loops=self.loops
        )
        self._finished = False
        self._worker = ""
        self.has_workers = False  # whether other processes run the tests and write what they see
        self._views: list[str] = []
        self._outside: Outside | None = None
        self._audit = AuditHook()
        unraisables.watch(self._audit, clock=self.clock, places=self.places, writer=self.writer, guard=self.guard)
        self.background.watch()
        self.loops.watch(asyncio.BaseEventLoop)
        self.connections.watch(asyncio.StreamWriter, asyncio.StreamReader)
        when_imported(FOREIGN_LOOPS, self._watch_foreign)

    def begin(self, evidence: str, *, limit: float | None = None, worker: str = "") -> None:
        """Write what is observed from now on to this file. A `worker` of pytest-xdist is one of several processes."""
        self._finished = False
        self._worker = worker
        self.writer.begin(evidence)
        self.loops.begin(worker)
        self.connections.begin(worker)
        self.background.begin()
        self.clock.begin()
        self.stacks = StackDumper(loops=self.loops, places=self.places, writer=self.writer)
        self.stacks.listen(evidence, limit)

    def watch_network(self, network: str, served: list[str], views: str) -> None:
        """Observe connections to other servers than those for the suite, which are looked at through `views`."""
        self._views = list(filter(None, views.split(",")))
        self._outside = Outside(
            network, served, clock=self.clock, writer=self.writer, guard=self.guard, audit=self._audit
        )

    def _watch_foreign(self, module: ModuleType) -> None:
        self.guard.run(self.loops.watch, module.Loop)

    def enter(self, test: str, when: str) -> None:
        """A phase begins."""
        self.guard.run(self.loops.settle)
        self.connections.flush()
        if self._outside is not None:
            self.guard.run(self._outside.flush)
        self.clock.enter(test, when)

    def problem(self, where: str, node: str, error: BaseException) -> None:
        """Write an error outside any test."""
        self.writer.write("problem", {"where": where, "node": node, "chain": describe(error, self.places)})

    def warning(self, message: warnings.WarningMessage, when: str, test: str) -> None:
        """Write a warning. One that came while the probe itself ran, from a finalizer, comes from nowhere."""
        shown = self.places.kind(message.filename) != PROBE
        record: dict[str, object] = {
            "category": type_name(message.category),
            "text": self.places.text(str(message.message)),
            "when": when,
            "test": test,
            "location": f"{self.places.shorten(message.filename)}:{message.lineno}" if shown else "",
        }
        self.writer.write("warning", record)

    def finish(self) -> None:
        """After the last teardown: write the ledgers, collect what the suite dropped, look at the server.

        The server is asked last: before the collection it would be chance which dropped connections are still there.
        """
        if self._finished:
            return
        self._finished = True
        self.enter("", "session")
        self.guard.run(self.loops.finish)
        self._collect_garbage()
        if self._outside is not None:
            self.guard.run(self._outside.finish)
        self.guard.run(self._look_at_server)

    def _look_at_server(self) -> None:
        url = os.environ.get("VALKEY_URL") or os.environ.get("REDIS_URL")
        if not url and not self._views:
            return
        try:
            if self._worker:
                seen = view_own_clients(url or "")
            else:
                seen = view_clients(self._views) if self._views else view(url or "")
        except (OSError, ReplyError, ValueError) as error:
            seen = {"clients": [], "keys": [], "error": f"{type(error).__name__}: {error}"}
        self.writer.write("at-end", seen)

    def _collect_garbage(self) -> None:
        """Let finalizers report now, under the suite's own warning filters, instead of at a random moment.

        What they warn of is kept from pytest's summary, which shows the same as without the probe.
        """
        with warnings.catch_warnings(record=True) as caught:
            for _ in range(3):
                if not collect():
                    break
        for message in caught:
            self.guard.run(self.warning, message, "session", "")

    def end(self) -> None:
        """The very end: what is printed after this comes from the interpreter's shutdown."""
        self.guard.run(forget_filters)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        self.connections.flush()
        self.writer.write("session-end", {"stdout": offset(1), "stderr": offset(2)})


class Unheard(Warning):
    """Filtered by nobody but `forget_filters`."""


def forget_filters() -> None:
    """Let the interpreter's shutdown go by the warning filters that are in force now.

    CPython keeps the list that the last warning was compared with, for when the module `warnings` is gone. That could
    still be the suite's own, depending on whether anything was warned of since: chance would decide what is printed.
    """
    only = ("ignore", None, Unheard, None, 0)
    warnings.filters.insert(0, only)  # type: ignore[attr-defined]
    try:
        warnings.warn_explicit("", Unheard, "", 0)
    finally:
        warnings.filters.remove(only)  # type: ignore[attr-defined]


def offset(descriptor: int) -> int | None:
    """How far a regular file has been written through `descriptor`; None for a pipe or a terminal."""
    try:
        if not stat.S_ISREG(fstat(descriptor).st_mode):
            return None
        return lseek(descriptor, 0, os.SEEK_CUR)
    except OSError:
        return None
