"""What all steps of one run have in common."""

from __future__ import annotations

import os
import platform
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

import harness
from harness.catalogue.cell import Cell
from harness.digests import digest_catalogue, digest_probe, digest_verdicts
from harness.environments.identity import find_wine
from harness.launchers.model import MEMORY
from harness.pipeline.server_failures import ServerFailures
from harness.servers.model import ServerInfo
from harness.store.model import Machine
from harness.suites.subject import CatalogueCell
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.evidence.store import EvidenceStore
    from harness.launchers.model import Launcher
    from harness.output.progress import Progress
    from harness.planning.plan import Plan
    from harness.servers.model import Server
    from harness.suites.subject import Subject
    from harness.verdicts.signatures import Signature, SignatureCategory


def make_run_id() -> str:
    """`20261122T125500Z-4f2a`: sorts by time, and two runs of one second differ."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine() -> Machine:
    """The machine this runs on, without its name."""
    return Machine(
        system=describe_system(find_wine()),
        architecture=platform.machine(),
        cores=count_cores(),
    )


def describe_system(wine: str) -> str:
    """`Linux 6.1.0`, `Windows 10`, or `Wine 10.0`, which passes for Windows and is not the same."""
    return f"Wine {wine}" if wine else f"{platform.system()} {platform.release()}"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What cells run on, as far as it stands in their results."""

    machine: Machine
    server: ServerInfo
    launcher: str  # its name


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One run, wherever its cells run: what to run, and where its results go."""

    plan: Plan
    catalogue: Catalogue
    progress: Progress
    evidence: EvidenceStore
    folder: Path  # of the results
    limit: float  # seconds a cell may take
    memory: int = MEMORY  # bytes it may take
    fresh: bool = False  # measure again what earlier runs in `folder` measured
    finished: Callable[[Path], None] | None = None  # is called with the file of each environment that is complete
    catalogue_digest: str = field(default_factory=digest_catalogue)
    probe_digest: str = field(default_factory=digest_probe)
    signatures: tuple[Signature, ...] = field(default_factory=load_signatures)
    run: str = field(default_factory=make_run_id)
    version: str = harness.__version__
    stopping: threading.Event = field(default_factory=threading.Event)  # set when the run is to end early

    def subject(self, cell: Cell | Subject) -> Subject:
        """What is written and run for a cell of the plan."""
        return CatalogueCell(cell, self.catalogue) if isinstance(cell, Cell) else cell

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        """Everything that the plan runs, by id."""
        return {cell.id: self.subject(cell) for cell in self.plan.cells}

    @cached_property
    def categories(self) -> dict[str, SignatureCategory]:
        """Of each signature, by its name."""
        return {signature.name: signature.category for signature in self.signatures}

    @cached_property
    def verdicts_digest(self) -> str:
        """What a verdict depends on besides its evidence and the environment's own findings."""
        return digest_verdicts(self.signatures)


@dataclass(frozen=True, kw_only=True)
class Settings(Recording):
    """One run on this machine, and with what."""

    server: Server
    launcher: Launcher
    scratch: Path  # where suites are written while they run
    suite_memory: int = MEMORY  # bytes a suite of the user's own may take
    reference_launcher: Launcher | None = None  # what `launcher` is compared with
    recheck: float = 0.0  # percent of the cells that are run to be compared with it
    machine: Machine = field(default_factory=describe_machine)
    server_failures: ServerFailures = field(default_factory=ServerFailures)

    @property
    def site(self) -> Site:
        """This machine, with the run's server and launcher."""
        return Site(machine=self.machine, server=self.server.info, launcher=self.launcher.name)

    @property
    def rechecks_all(self) -> bool:
        """Whether everything is compared with the reference launcher, what earlier runs measured included."""
        return self.recheck >= 100 and self.reference_launcher is not None
