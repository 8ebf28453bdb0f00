"""What a launcher promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from harness.servers.model import Database
from harness.suites.conditions import Conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.evidence.model import Evidence, Timings

Result = TypeVar("Result")

INI = "pytest.ini"
"""Configures pytest in a suite that may be forked."""

REFERENCE = "spawn"
"""Name of the launcher that all others are compared with."""

LIMIT = 15.0
"""Seconds a cell may take by default. Those that wait longest take seven."""

MEMORY = 2**30
"""Bytes a cell may take by default."""

OUTPUT = 64 * 2**20
"""Bytes a suite may write to one file; its standard output and its standard error are two of them."""


class NeedsNewProcessError(Exception):
    """A fork can't show what a new process would; the text says why.

    What it has written is worth nothing. The suite is to be run once more from a fresh state: files, database and all,
    with the text in `Job.spawned`.
    """


def fork_or_spawn(attempt: Callable[[str], Result], reason: str = "") -> Result:
    """What an attempt to run a suite gives. Its argument is why the suite must not be forked, at first `reason`."""
    try:
        return attempt(reason)
    except NeedsNewProcessError as error:
        return attempt(str(error))


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One suite to run once. `suite` is a folder of its own that nobody else writes to and that outlives the run."""

    suite: Path
    python: Path  # the scenario environment's interpreter
    database: Database
    limit: float  # seconds of wall time
    memory: int = MEMORY  # bytes, of all its processes together
    client: str = "valkey"
    existing: bool = False  # the interpreter's environment, or what it is a copy of, is the user's: nothing is written
    spawned: str = ""  # why it must run in a new process; empty: it may be forked
    project: Path | None = None  # the folder with the suite's own project, installed
    conditions: Conditions | None = None  # of a suite of the user's own; None: it is run like a cell


class Launcher(Protocol):
    """Runs a suite from a fresh state no earlier suite can have touched.

    Hangs, crashes and unreadable output are evidence; `run` raises nothing for what a suite does but
    `NeedsNewProcessError`, and that only for jobs that may be forked. Safe to call from several threads at once.
    """

    name: str

    def run(self, job: Job) -> tuple[Evidence, Timings]: ...

    def stop(self) -> None:
        """Kill every suite that is running, and run no more. For any thread; returns when they are gone.

        One that is just starting is gone when its `run` returns.
        """
        ...
