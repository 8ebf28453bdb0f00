"""`python -m benchmarks`."""

from __future__ import annotations

import sys

from harness.starting import run_main

if __name__ == "__main__":
    sys.exit(run_main("benchmarks.command", session="benchmark"))
