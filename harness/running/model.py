"""What a launcher promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from harness.servers.model import Database

if TYPE_CHECKING:
    from harness.running.evidence import Evidence, Timings


REFERENCE = "spawn"
"""Name of the launcher that all others are held against."""

MEMORY = 2**30
"""Bytes a suite may take if nothing else is said."""

OUTPUT = 64 * 2**20
"""Bytes a suite may write to one file; its standard output and its standard error are two of them."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One suite to run once. `suite` is a folder of its own that nobody else writes to and that outlives the run."""

    suite: Path
    python: Path  # the scenario environment's interpreter
    database: Database
    limit: float  # seconds of wall time
    memory: int = MEMORY  # bytes, of all its processes together
    client: str = "valkey"
    arguments: tuple[str, ...] = ()  # further pytest arguments


class Launcher(Protocol):
    """Runs a suite from a fresh state no earlier suite can have touched.

    `run` never raises for what a suite does: hangs, crashes and unreadable output are evidence. Safe to call from
    several threads at once.
    """

    name: str

    def run(self, job: Job) -> tuple[Evidence, Timings]: ...

    def stop(self) -> None:
        """Kill every suite that is running, and run no more. For any thread; returns when they are gone."""
        ...
