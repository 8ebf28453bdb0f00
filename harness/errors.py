"""Every error a user can meet: what is wrong, what to do about it, and the exit code it ends with."""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


SHOWN = 5
"""Reasons that one message lists."""


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
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.55)
        if near:
            remedy = f"Did you mean {' or '.join(repr(match) for match in near)}?"
        else:
            remedy = f"Known: {', '.join(known)}."
        super().__init__(f"Unknown {kind} {name!r}.", remedy=remedy)


class LaunchersDifferError(HarnessError):
    """Re-checks found cells of which the reference launcher shows something else. The results were written."""

    def __init__(self, cells: Mapping[str, Sequence[str]]) -> None:
        listed = "".join(f"\n  {environment}: {', '.join(found)}" for environment, found in cells.items())
        super().__init__(
            f"The launcher doesn't observe what a new process for each cell shows. Don't trust these results:{listed}",
            remedy="Run again with --launcher spawn, and please report the differences that are printed above.",
        )


class NotMeasuredError(InfrastructureError):
    """The server or the machine failed some cells each time they ran. The results of the others were written."""

    def __init__(self, reasons: Sequence[str]) -> None:
        shown = "".join(f"\n  {reason}" for reason in reasons[:SHOWN])
        more = f"\n  … and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
        noun = "outcome" if len(reasons) == 1 else "outcomes"
        super().__init__(
            f"{len(reasons)} {noun} could not be measured:{shown}{more}",
            remedy="All others stand. Mend that and run again: only what is missing is run.",
        )


class SuitesNotRunError(InfrastructureError):
    """There is no environment in which a suite of one's own could be run. The results of the others were written."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(
            "\n".join(f"{suite} ran nowhere: {reason}" for suite, reason in reasons.items()),
            remedy="Say what it needs with --requirements FILE, or name an environment that has that with "
            "--environment DIR.",
        )


class MergeIncompleteError(InfrastructureError):
    """Shards are missing, or lines could not be read. Everything else was merged."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = "".join(f"\n  {problem}" for problem in problems[:SHOWN])
        more = f"\n  … and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        super().__init__(
            f"The merged results are not whole:{shown}{more}",
            remedy="Everything else was merged. Run what is missing, and merge again into the same folder.",
        )


class NoInterpreterError(InfrastructureError):
    """No interpreter on this machine fits."""


class UvMissingError(InfrastructureError):
    """uv can't be found or doesn't start."""


class ServerUnavailableError(InfrastructureError):
    """No server could be started, or the one named by a URL can't be reached."""


class ServerGoneError(ServerUnavailableError):
    """The server named by a URL was there and isn't now. It may come back."""


class DatabaseNotEmptyError(InfrastructureError):
    """A database named by a URL holds somebody's keys."""
