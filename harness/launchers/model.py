"""What a launcher promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from harness.servers.model import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.evidence.model import Evidence, Timings

Result = TypeVar("Result")

REFERENCE = "spawn"
"""Name of the launcher that all others are held against."""

MEMORY = 2**30
"""Bytes a suite may take if nothing else is said."""

OUTPUT = 64 * 2**20
"""Bytes a suite may write to one file; its standard output and its standard error are two of them."""


class LeftToSpawnError(Exception):
    """A fork can't say what a new process would; the text says why.

    What it has written is worth nothing. The suite is to be run once more from a fresh state: files, database and all,
    with the text in `Job.spawned`.
    """


def forked_or_spawned(attempt: Callable[[str], Result]) -> Result:
    """What an attempt to run a suite gives. It is told why the suite must not be forked, at first nothing."""
    try:
        return attempt("")
    except LeftToSpawnError as reason:
        return attempt(str(reason))


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One suite to run once. `suite` is a folder of its own that nobody else writes to and that outlives the run."""

    suite: Path
    python: Path  # the scenario environment's interpreter
    database: Database
    limit: float  # seconds of wall time
    memory: int = MEMORY  # bytes, of all its processes together
    client: str = "valkey"
    arguments: tuple[str, ...] = ()  # further pytest arguments
    spawned: str = ""  # why it must not be forked, if it is known


class Launcher(Protocol):
    """Runs a suite from a fresh state no earlier suite can have touched.

    Hangs, crashes and unreadable output are evidence; `run` raises nothing for what a suite does but
    `LeftToSpawnError`, and that only for jobs that may be forked. Safe to call from several threads at once.
    """

    name: str

    def run(self, job: Job) -> tuple[Evidence, Timings]: ...

    def stop(self) -> None:
        """Kill every suite that is running, and run no more. For any thread; returns when they are gone."""
        ...
