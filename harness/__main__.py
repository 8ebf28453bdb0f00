"""`python -m harness`."""

from __future__ import annotations

import sys

from harness.starting import run_main


def main() -> int:
    """Run a command."""
    return run_main("harness.cli.main", session="matrix")


if __name__ == "__main__":
    sys.exit(main())
