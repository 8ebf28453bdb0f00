"""Starting a program whose dependencies may be missing. Standard library only."""

from __future__ import annotations

import importlib
import sys
from typing import cast


def run_main(module: str, *, session: str) -> int:
    """Run a module's `main`. What is missing is named in one line: this may be the first thing that somebody tries."""
    try:
        main = importlib.import_module(module).main
    except ModuleNotFoundError as error:
        if f"{error.name}".partition(".")[0] in ("harness", "benchmarks"):  # a bug, and nothing that one could install
            raise
        print(
            f"error: The package {error.name} is missing. Run `nox -s {session}`, or install the dependencies.",
            file=sys.stderr,
        )
        return 3
    return cast("int", main())
