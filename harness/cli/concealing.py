"""Keeps the address of somebody's server out of lists of processes and out of logs.

A command line can be read by everybody on the machine, and nox and CI write it down. An environment variable can be
read by its owner only. Standard library only: the noxfile reads this before anything is installed.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "VALKEY_LOOP_MATRIX_SERVER"
"""Environment variable that stands in for `--server`."""

FLAG = "--server"


def without_address(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The arguments without `--server` and its value, and the value, if it holds an address; else as they are."""
    rest = list(arguments)
    places = [index for index, argument in enumerate(rest) if argument.partition("=")[0] == FLAG]
    if len(places) != 1:  # twice is an error, and ends at once
        return rest, None
    (place,) = places
    joined = "=" in rest[place]
    value = rest[place].partition("=")[2] if joined else "".join(rest[place + 1 : place + 2])
    if "://" not in value:
        return rest, None
    del rest[place : place + (1 if joined else 2)]
    return rest, value


def conceal_address() -> None:
    """Start this program anew, in the same process, with the address in the environment and not on the command line.

    Does nothing when there is none there, and on Windows, where a process can't be replaced.
    """
    given = sys.argv[1:]
    arguments, address = without_address(given)
    if address is None or os.name != "posix":
        return
    started = sys.orig_argv[1 : len(sys.orig_argv) - len(given)]
    os.execve(sys.executable, [sys.executable, *started, *arguments], {**os.environ, VARIABLE: address})  # noqa: S606
