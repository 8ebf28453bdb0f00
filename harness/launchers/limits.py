"""What a suite may take besides time: memory, and space for what it prints.

Where the system can, each process is held to it by the system itself (`harness/probe/limits.py`) and gets an error that
it can report. What is looked at here is what no limit on one process sees: many processes that take little each, memory
they share, and systems without such limits.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psutil

from harness.launchers.model import MEMORY, OUTPUT
from harness.processes import killing as guard

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from harness.launchers.model import Job

FIRST_LOOK = 1.0
"""Seconds until a suite is looked at for the first time. Most have ended by then, and cost nothing."""

INTERVAL = 0.25
"""Seconds between two looks, each of which takes a few milliseconds."""

ALLOWANCE = 64 * 2**20
"""Bytes of memory that programs and libraries may take on top, so that a process meets its own limit first."""

CONTAINER = Path("/sys/fs/cgroup/memory.max")
"""Where Linux says how much memory a container may take."""

Exceeded = Literal["", "memory", "output"]


def choose_suite_memory() -> int:
    """Bytes that a suite of the user's own may take by default: half of what this machine, or its container, has.

    A suite with large libraries needs more than a cell; the other half is for the server, and for what runs beside it.
    """
    there = [psutil.virtual_memory().total]
    with contextlib.suppress(OSError, ValueError):  # a text where the container has no limit
        there.append(int(CONTAINER.read_text()))
    return max(MEMORY, min(there) // 2)


def make_confinement(job: Job, marker: Mapping[str, str]) -> tuple[int, int, int]:
    """What the probe's `confine` gets: memory, output, mark."""
    return job.memory, OUTPUT, guard.make_tag(marker[guard.MARKER])


def find_exceeded(processes: Collection[psutil.Process], printed: Collection[Path], memory: int) -> Exceeded:
    """Which limit the processes are over, if any. `printed` are the files that their output goes to."""
    if any(_measure_size(file) > OUTPUT for file in printed):
        return "output"
    if (
        sum(map(_measure_resident, processes)) > memory + ALLOWANCE
        and sum(map(_measure_own, processes)) > memory + ALLOWANCE
    ):
        return "memory"
    return ""


def _measure_size(file: Path) -> int:
    """Bytes; 0 if somebody took it away."""
    with contextlib.suppress(OSError):
        return file.stat().st_size
    return 0


def _measure_resident(process: psutil.Process) -> int:
    """Bytes in memory, those included that it shares with others; 0 if it is gone."""
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _measure_own(process: psutil.Process) -> int:
    """Bytes in memory, its part of what it shares with others; where that isn't known, what it shares with nobody.

    Takes much longer than `_measure_resident`, whose sum counts what forked processes share once for each.
    """
    with contextlib.suppress(psutil.Error, OSError):
        full = process.memory_full_info()
        if sys.platform == "linux":
            own = full.pss
        else:
            own = full.uss
        return int(own)
    return 0
