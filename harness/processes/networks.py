"""Networks that a run has to itself: whether this system gives them, and how programs are started in them."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from harness.processes import network_entry

PATIENCE = 10.0
"""Seconds that a try may take."""

NEW = 0
"""In place of a process's number: a network that is made for the program and ends with the last process in it."""


def enter_network(pid: int) -> list[str]:
    """What stands before a command that is to run in the network of a process, or in a `NEW` one. Linux only."""
    return [sys.executable, "-I", "-S", network_entry.__file__, str(pid) if pid else network_entry.NEW]


@cache
def find_obstacle() -> str:
    """Why a program can't have a network of its own on this system, found by trying; empty if it can."""
    if sys.platform != "linux":
        return "only Linux has networks that a process can have to itself"
    command = [*enter_network(NEW), sys.executable, "-I", "-S", "-c", ""]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"this system gives none: {error}"
    if done.returncode == 0:
        return ""
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return f"this system gives none: {lines[-1].removeprefix(network_entry.COMPLAINT)}"
