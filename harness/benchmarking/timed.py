"""Runs one command of the harness and writes what CPU it took: `python -m harness.benchmarking.timed FILE NAME …`.

Only from inside can a process's own CPU be told from that of what it started on every system.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec

from harness.cli import main


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of CPU, user and system."""

    own: float
    others: float  # of all that it started and waited for; 0 on Windows, which doesn't add it up


if __name__ == "__main__":
    code = main(sys.argv[2:])
    times = os.times()
    spent = Spent(own=time.process_time(), others=times.children_user + times.children_system)
    Path(sys.argv[1]).write_bytes(msgspec.json.encode(spent))
    sys.exit(code)
