"""The processes between a warm process and its suites, which do the forking: one for suites of every kind, and one each
for suites that have the same test modules, with these imported (`collected.py`).

An order goes on to the level that is for its suite, and what that level says goes back. A level of its own is worth it
from the second suite on.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Dict, NamedTuple, Set, Tuple

from .collected import Files, read_files
from .control import Control, Message

EVERY: Files = ()
"""Stands for the level for suites of every kind."""

MOST = 12
"""Levels that wait for their next suite. Each takes some megabytes."""


class Level(NamedTuple):
    """One of the processes, as the warm process sees it."""

    pid: int
    control: Control

    def end(self) -> None:
        """Wait until it has ended. Nobody else does."""
        self.control.close()
        os.waitpid(self.pid, 0)


class Levels:
    """Started as suites come, and ended when there are too many of them, the one first that has waited longest."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._levels: Dict[Files, Level] = {}  # noqa: UP006 - for Python 3.8
        self._seen: Set[Files] = set()  # noqa: UP006
        self._declined: Set[Files] = {EVERY}  # noqa: UP006 - those that have no level of their own

    def serve(self) -> Tuple[Control, Files]:  # noqa: UP006
        """Hand on orders. Returns in levels only: what each is controlled by, and the files it is for."""
        self._control.say(ready=True)
        self._counted = time.process_time()
        while True:
            order = self._control.hear()
            if order is None:
                self._end()
            files = self._choose(read_files(os.getcwd()))  # noqa: PTH109 - text is what is compared
            while files not in self._levels:
                control = self._start(files)
                if control is not None:
                    return control, files
                if files not in self._levels:
                    self._declined.add(files)
                    files = EVERY
            self._levels[files] = level = self._levels.pop(files)
            self._hand_on(order or {}, level)

    def _choose(self, files: Files) -> Files:
        if files in self._declined or files not in self._seen:
            self._seen.add(files)
            return EVERY
        return files

    def _start(self, files: Files) -> Control | None:
        """Start a level for these files. Returns its control in the level, None in this process."""
        ours, its = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            for level in self._levels.values():
                level.control.close()
            self._control.close()
            ours.close()
            return Control(its.detach())
        its.close()
        level = Level(pid, Control(ours.detach()))
        if (level.control.hear() or {}).get("ready"):
            self._levels[files] = level
        else:
            level.end()
        if len(self._levels) > MOST:
            self._levels.pop(next(iter(self._levels))).end()
        return None

    def _hand_on(self, order: Message, level: Level) -> None:
        """The order to the level, and to the harness that it has forked and how that ended."""
        level.control.say(**order)
        for _ in ("pid", "status"):
            message = level.control.hear()
            if message is None:  # a suite has killed it
                os._exit(1)
            if "cpu" in message:
                now = time.process_time()
                message["cpu"] += now - self._counted
                self._counted = now
            self._control.say(**message)

    def _end(self) -> None:
        for level in self._levels.values():
            level.end()
        os._exit(0)
