"""What the operating system knows about a process that we started."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from harness.servers.model import Running, ServerStatus

PATIENCE = 0.5
"""Seconds that a process which doesn't answer gets to have ended."""

WELL = "it ended with exit code 0"
"""How a server ends that is asked to."""

PAUSE = 0.005
"""Seconds between two looks."""


def follow(running: Running) -> ServerStatus:
    """What becomes of a server from now on. Raises `psutil.Error` where it is no more."""
    return running.container or ChildStatus(running.pid)


class ChildStatus:
    """Whether a child process has ended, or was stopped for however short a time.

    The kernel keeps both for the parent, so nothing is missed between two questions. Where it doesn't (on Windows, on
    macOS before Python 3.13, for a process that isn't our child), nothing is known.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._process = psutil.Process(pid)
        self._known = hasattr(os, "waitid") and self._process.ppid() == os.getpid()

    def soon_ended(self) -> str:
        """The same of a process that may be ending: it closes its connections first."""
        until = time.monotonic() + PATIENCE
        while not (ended := self.ended()) and self._known and time.monotonic() < until:
            time.sleep(PAUSE)
        return ended

    def ended(self) -> str:
        """How it ended; empty while it runs, or when that isn't known."""
        if sys.platform == "win32" or not (self._known and hasattr(os, "waitid")):
            return ""
        try:
            # Looked at, not taken away: whoever started it waits for it.
            found = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return "it ended"
        if found is None:
            return ""
        if found.si_code == os.CLD_EXITED:
            return f"it ended with exit code {found.si_status}"
        return f"it was ended by {signal.Signals(found.si_status).name}"

    def stopped(self) -> bool:
        """Whether it was stopped, or went on after that, since this was last asked."""
        if sys.platform == "win32" or not (self._known and hasattr(os, "waitid")):
            return False
        try:
            return os.waitid(os.P_PID, self._pid, os.WSTOPPED | os.WCONTINUED | os.WNOHANG) is not None
        except ChildProcessError:
            return False

    def kill(self) -> None:
        """End it, also if it stands still."""
        with contextlib.suppress(psutil.Error):
            self._process.kill()
