"""`python -m harness`, and what the console script `valkey-loop-matrix` runs."""

from __future__ import annotations

import sys


def main() -> int:
    """Run a command. Without the dependencies this says so in one line."""
    try:
        from harness.cli.main import main as run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        print(
            f"error: The package {error.name} is missing. Run `nox -s SESSION`, or install what pyproject.toml names.",
            file=sys.stderr,
        )
        return 3
    return run()


if __name__ == "__main__":
    sys.exit(main())
