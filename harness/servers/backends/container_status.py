"""What a Docker engine knows about a container that we started."""

from __future__ import annotations

import contextlib
import time
from typing import Any

PATIENCE = 0.5
"""Seconds that a container which doesn't answer gets to have ended."""

PAUSE = 0.05
"""Seconds between two looks."""

SHOWN = 5
"""Lines of a container's log that an error shows."""

ALIVE = ("created", "running", "paused", "restarting")


class ContainerStatus:
    """Whether a container runs, and how it ended, as the engine says. What the engine doesn't say isn't known."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def ended(self) -> str:
        """How it ended; empty while it runs, or when that isn't known."""
        try:
            self._container.reload()
        except OSError as error:  # as all errors of the engine and of the connection to it are
            return "its container was removed" if _is_missing(error) else ""
        state = self._container.attrs["State"]
        if state["Status"] in ALIVE:
            return ""
        if state.get("OOMKilled"):
            return "its container had no memory left"
        return f"it ended with exit code {state['ExitCode']}"

    def soon_ended(self) -> str:
        """The same of one that may be ending: it closes its connections first."""
        until = time.monotonic() + PATIENCE
        while not (ended := self.ended()) and time.monotonic() < until:
            time.sleep(PAUSE)
        return ended

    def stopped(self) -> bool:
        """Never known: an engine doesn't keep that a container was paused. Its silence shows."""
        return False

    def kill(self) -> None:
        """End it, also if it is paused."""
        with contextlib.suppress(OSError):  # it has ended, or the engine has
            self._container.kill()

    def find_port(self, inside: int) -> int:
        """The port of the machine that leads to a port of the container, as of the last look; 0 while there is none."""
        published = (self._container.attrs["NetworkSettings"].get("Ports") or {}).get(f"{inside}/tcp") or []
        return next((int(one["HostPort"]) for one in published if one.get("HostPort")), 0)

    def read_last_lines(self) -> str:
        """The end of what it has printed."""
        try:
            text = self._container.logs(tail=SHOWN).decode("utf-8", "replace").strip()
        except OSError as error:
            return f"its log can't be read: {describe_failure(error)}"
        return text or "it printed nothing"


def describe_failure(error: Exception) -> str:
    """What the engine says, or else what kept it from being asked."""
    explanation = getattr(error, "explanation", None)
    return " ".join(str(explanation or error).split())


def _is_missing(error: Exception) -> bool:
    return getattr(error, "status_code", None) == 404
