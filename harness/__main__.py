"""`python -m harness`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run a command. What is missing is named in one line: this may be the first thing that somebody tries."""
    try:
        from harness.cli.main import main as run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if f"{error.name}".startswith("harness"):  # a bug, and nothing that one could install
            raise
        print(
            f"error: The package {error.name} is missing. Run `nox -s matrix`, or install the dependencies.",
            file=sys.stderr,
        )
        return 3
    return run()


if __name__ == "__main__":
    sys.exit(main())
