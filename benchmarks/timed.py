"""Runs one command of the harness and writes what it took: `python -m benchmarks.timed FILE NAME …`.

On every system, only the process itself can tell its own CPU from that of what it started.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec
import psutil

from harness.cli.main import main


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of CPU, user and system."""

    own: float
    others: float  # of all that it started and waited for; 0 on Windows, which doesn't add it up
    peak: int  # bytes of memory that it had at most itself, without what it started


if sys.platform == "win32":

    def read_peak() -> int:
        """The most bytes of memory that this process had so far."""
        return int(psutil.Process().memory_info().peak_wset)

else:
    import resource

    def read_peak() -> int:
        """The most bytes of memory that this process had so far."""
        status = Path("/proc/self/status")
        if status.exists():
            # Not `ru_maxrss`: on Linux that begins with what the process had that started this one.
            lines = status.read_text(encoding="utf-8").splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


if __name__ == "__main__":
    code = main(sys.argv[2:])
    times = os.times()
    spent = Spent(own=time.process_time(), others=times.children_user + times.children_system, peak=read_peak())
    Path(sys.argv[1]).write_bytes(msgspec.json.encode(spent))
    sys.exit(code)
