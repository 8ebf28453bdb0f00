"""Every error a user can meet: what is wrong, what to do about it, and the exit code it ends with."""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    DIFFERENCES = 1
    USAGE = 2
    INFRASTRUCTURE = 3
    INTERRUPTED = 130


class HarnessError(Exception):
    """An error with a remedy. Printed as two lines, never as a traceback."""

    exit_code = ExitCode.INFRASTRUCTURE

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  → {self.remedy}"


class UsageError(HarnessError):
    """What was asked for makes no sense; nothing was run."""

    exit_code = ExitCode.USAGE


class InfrastructureError(HarnessError):
    """What was asked for makes sense, but this machine can't do it now; nothing was written."""

    exit_code = ExitCode.INFRASTRUCTURE


class NothingSelectedError(UsageError):
    """A selection that matches nothing."""


class UnknownNameError(UsageError):
    """A name that isn't in a closed list."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = list(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        if near:
            remedy = f"Did you mean {' or '.join(repr(match) for match in near)}?"
        else:
            remedy = f"Known: {', '.join(known)}."
        super().__init__(f"Unknown {kind} {name!r}.", remedy=remedy)


class NoInterpreterError(InfrastructureError):
    """No interpreter on this machine fits."""


class UvMissingError(InfrastructureError):
    """uv can't be found or doesn't start."""


class ServerUnavailableError(InfrastructureError):
    """No server could be started, or the one named by a URL can't be reached."""


class DatabaseNotEmptyError(InfrastructureError):
    """A database named by a URL holds somebody's keys."""
