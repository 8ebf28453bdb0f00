"""The processes between a warm process and its suites, which do the forking: one for suites of every kind, and one each
for suites that have the same test modules, with these imported (`collected.py`).

An order goes on to the level that is for its suite, which answers the harness itself.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections import Counter
from typing import Dict, NamedTuple, Set, Tuple

from .collected import Files, read_files
from .control import Control, Message

EVERY: Files = ()
"""Stands for the level for suites of every kind."""

WORTH = 4
"""The suite with the same test modules for which their level is started: that takes what a few suites save."""

MOST = 12
"""Levels that wait for their next suite. Each takes some megabytes."""


class Level(NamedTuple):
    """One of the processes, as the warm process sees it."""

    pid: int
    orders: Control

    def end(self) -> None:
        """Wait until it has ended. Nobody else does."""
        self.orders.close()
        os.waitpid(self.pid, 0)


class Levels:
    """Started as suites come, and ended when there are too many of them, the one first that has waited longest."""

    def __init__(self, control: Control) -> None:
        self._harness = control
        self._levels: Dict[Files, Level] = {}  # noqa: UP006 - for Python 3.8
        self._seen: Counter[Files] = Counter()
        self._declined: Set[Files] = {EVERY}  # noqa: UP006 - those that have no level of their own

    def serve(self) -> Tuple[Control, Files]:  # noqa: UP006
        """Hand on orders. Returns in levels only: where each gets its own from, and the files it is for."""
        self._harness.say(ready=True)
        counted = time.process_time()
        while True:
            order = self._hear()
            files = self._choose(read_files(os.getcwd()))  # noqa: PTH109 - text is what is compared
            while files not in self._levels:
                orders = self._start(files)
                if orders is not None:
                    return orders, files
                if files not in self._levels:
                    self._declined.add(files)
                    files = EVERY
            self._levels[files] = level = self._levels.pop(files)
            now = time.process_time()
            level.orders.say(**order, cpu=now - counted)
            counted = now

    def _hear(self) -> Message:
        """The next order. Ends the process when the harness has closed its end, or a suite has killed a level."""
        levels = [level.orders for level in self._levels.values()]
        if select.select([self._harness, *levels], (), ())[0] != [self._harness]:
            os._exit(1)
        order = self._harness.hear()
        if order is None:
            for level in self._levels.values():
                level.end()
            os._exit(0)
        return order

    def _choose(self, files: Files) -> Files:
        self._seen[files] += 1
        return files if self._seen[files] >= WORTH and files not in self._declined else EVERY

    def _start(self, files: Files) -> Control | None:
        """Start a level for these files. Returns in the level where it gets its orders from, here None."""
        if sys.platform == "win32":
            raise NotImplementedError
        ours, its = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            for level in self._levels.values():
                level.orders.close()
            ours.close()
            return Control(its.detach())
        its.close()
        level = Level(pid, Control(ours.detach()))
        if (level.orders.hear() or {}).get("ready"):
            self._levels[files] = level
        else:
            level.end()
        if len(self._levels) > MOST:
            self._levels.pop(next(iter(self._levels))).end()
        return None
