"""How this program was started, and so how a command is written that works where the user is."""

from __future__ import annotations

import os
import sys
from pathlib import PurePath

SCRIPT = "valkey-loop-matrix"
"""The console script of an installation."""

MODULE = "python -m harness"

NOX = "NOX_CURRENT_SESSION"
"""Environment variable that nox sets for what a session runs."""


def is_under_nox() -> bool:
    """Whether a nox session runs this."""
    return NOX in os.environ


def is_installed() -> bool:
    """Whether this was started by the console script. Only the whole program is installed, not its noxfile."""
    return PurePath(sys.argv[0]).stem == SCRIPT


def command_line(name: str, arguments: str = "") -> str:
    """`nox -s matrix -- --fresh`, `valkey-loop-matrix matrix --fresh` or `python -m harness matrix --fresh`."""
    if is_under_nox():
        return f"nox -s {name} -- {arguments}" if arguments else f"nox -s {name}"
    return " ".join(filter(None, (SCRIPT if is_installed() else MODULE, name, arguments)))
