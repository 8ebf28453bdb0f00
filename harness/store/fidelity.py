"""What `fidelity` writes: how far two launchers observed the same, in each environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import Environment
from harness.files import replace_file
from harness.servers.model import ServerInfo
from harness.store.model import EvidenceDifference, Machine, RunName

if TYPE_CHECKING:
    from pathlib import Path


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What came of comparing cells in one environment. Each cell is counted once, in the first that fits."""

    environment_id: str
    environment: Environment | None = None  # None: it can't be resolved
    unresolvable: str = ""  # the resolver's reason; nothing was compared then
    not_applicable: int = 0
    left: dict[str, int] = {}  # reason → cells that go to the reference launcher by rule, so they can't differ
    failed: dict[str, int] = {}  # reason → cells that could not be observed under one of the launchers
    equal: int = 0
    varying: tuple[EvidenceDifference, ...] = ()  # cells that differ from themselves
    differing: tuple[EvidenceDifference, ...] = ()
    reused: int = 0  # of those compared: under the reference launcher an earlier run measured them
    reference_cpu: float | None = None  # median of CPU seconds a cell, of those that ran under both
    cpu: float | None = None

    @property
    def compared(self) -> int:
        """Cells that ran under both."""
        return self.equal + len(self.varying) + len(self.differing)


class Fidelity(msgspec.Struct, frozen=True, kw_only=True):
    """A whole comparison. Not `finished`: it was interrupted, and more cells were to come."""

    schema: int = 1
    run: RunName
    harness: str
    machine: Machine
    server: ServerInfo
    probe: str  # digest of the probe and the launchers
    catalogue: str  # digest
    profile: str
    reference: str  # name of a launcher
    launcher: str  # that is compared with it
    finished: bool
    environments: tuple[Compared, ...]

    @property
    def differs(self) -> bool:
        """Whether the launchers did not observe the same of any cell."""
        return any(each.differing for each in self.environments)


def write_fidelity(folder: Path, found: Fidelity) -> Path:
    """Write `<run>.json` and return its path. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.run}.json"
    replace_file(path, msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    return path
