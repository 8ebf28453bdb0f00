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

TEMPORARY = "temporary"
"""Name of the folder in a suite's scratch folder for its temporary files."""

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


def redirect_temporary_files(scratch: Path, platform: str = sys.platform) -> dict[str, str]:
    """The variables by which a suite's temporary files go where they are watched; none where the system limits files.

    pytest's captured output is such a file.
    """
    if platform != "win32":
        return {}
    folder = scratch / TEMPORARY
    folder.mkdir()
    return {"TEMP": str(folder), "TMP": str(folder)}


class LimitWatch:
    """Looks at what a suite takes, again and again. `unread` says why memory isn't known, where it isn't."""

    def __init__(self, printed: Collection[Path], memory: int, temporary: Path | None = None) -> None:
        """`printed` are the files that the output goes to, `memory` is the limit in bytes.

        A file directly in the folder `temporary` counts as output, too: pytest's captured output is there.
        """
        self._printed = printed
        self._memory = memory
        self._temporary = temporary
        self.unread = ""

    def find_exceeded(self, processes: Collection[psutil.Process]) -> Exceeded:
        """Which limit the processes are over, if any."""
        if any(_measure_size(file) > OUTPUT for file in (*self._printed, *self._list_temporary())):
            return "output"
        most = self._memory + ALLOWANCE
        if sum(map(self._measure_resident, processes)) > most and sum(map(self._measure_own, processes)) > most:
            return "memory"
        return ""

    def _list_temporary(self) -> list[Path]:
        if self._temporary is None:
            return []
        with contextlib.suppress(OSError):
            return [path for path in self._temporary.iterdir() if path.is_file()]
        return []

    def _measure_resident(self, process: psutil.Process) -> int:
        """Bytes in memory, those included that it shares with others; 0 if it is gone."""
        try:
            return int(process.memory_info().rss)
        except psutil.NoSuchProcess:
            return 0
        except (psutil.Error, OSError) as error:
            self.unread = self.unread or type(error).__name__
            return 0

    def _measure_own(self, process: psutil.Process) -> int:
        """Bytes in memory, its part of what it shares with others; where that isn't known, what it shares with nobody.

        Where neither can be read, all of it counts. Takes much longer than `_measure_resident`, whose sum counts what
        forked processes share once for each.
        """
        try:
            full = process.memory_full_info()
        except psutil.NoSuchProcess:
            return 0
        except (psutil.Error, OSError):
            return self._measure_resident(process)
        if sys.platform == "linux":
            own = full.pss
        else:
            own = full.uss
        return int(own)


def _measure_size(file: Path) -> int:
    """Bytes; 0 if somebody took it away."""
    with contextlib.suppress(OSError):
        return file.stat().st_size
    return 0
