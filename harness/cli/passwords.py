"""Keeps the password of somebody's server out of lists of processes and out of logs.

A command line can be read by everybody on the machine, and nox and CI write it down. An environment variable can be
read by its owner only. Standard library only: the noxfile reads this before anything is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.errors import UsageError
from harness.servers.secrecy import find_passwords

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVER_VARIABLE: Final = "VALKEY_LOOP_MATRIX_SERVER"
"""Environment variable that stands in for `--server`."""


def require_no_password(arguments: Iterable[str]) -> None:
    """Raise `UsageError` for an address with a password among the arguments of a command."""
    if any("://" in argument and find_passwords(argument) for argument in arguments):
        raise UsageError(
            "There is a password on the command line, where everybody on this machine can read it.",
            remedy=f"Put the server's URL into the environment variable {SERVER_VARIABLE}, and leave --server out; a "
            "variable for a suite into your shell, and name it: --env NAME.",
        )
