"""The lines of a results file: a header, one line an outcome and one a re-check, a footer."""

from __future__ import annotations

from typing import Annotated

import msgspec

from harness.environments.model import Environment
from harness.evidence.model import Timings
from harness.planning.shard import RecordedShard
from harness.servers.model import ServerInfo
from harness.verdicts.model import Finding, Status, Verdict

RESULTS_SCHEMA = 1

TORN = "torn: "
"""How the reason begins why the last line of a run that was killed can't be used."""

# Both end up in file names, and results files come from anywhere.
RunName = Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=64)]
NoneOrRunName = Annotated[str, msgspec.Meta(pattern="^([0-9A-Za-z][0-9A-Za-z._-]*)?$", max_length=64)]
EvidenceHash = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$", max_length=64)]


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it ran. No host name, no paths."""

    system: str  # "Linux 6.1.0"
    architecture: str
    cores: int


class Header(msgspec.Struct, frozen=True, kw_only=True, tag="header", tag_field="kind"):
    """First line: everything the outcomes below have in common."""

    schema: int = RESULTS_SCHEMA
    run: RunName  # "20261122T125500Z-4f2a"
    harness: str
    environment_id: str
    environment: Environment | None = None  # None: it can't be resolved
    server: ServerInfo | None = None
    machine: Machine
    catalogue: str  # digest
    probe: str  # digest
    launcher: str
    limit: float | None = None  # seconds a cell may take; None in files from before it was recorded
    verdicts: str = ""  # digest of what derived the verdicts; empty where it isn't known or differs from line to line
    memory: int | None = None  # bytes a cell may take; None in files from before there was a limit
    profile: str
    shard: RecordedShard | None = None  # which part of a larger plan it is
    environment_findings: tuple[Finding, ...] = ()  # warnings common to all cells
    reference: EvidenceHash = ""  # evidence of the simplest suite, from which the findings above are derived
    reference_suite: str = ""  # digest of its rendered text

    @property
    def environment_key(self) -> str:
        """The environment's identity: its digest, or its id when it can't be resolved."""
        return self.environment.digest if self.environment else self.environment_id


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome", tag_field="kind", gc=False):
    """cell × environment × verdict × evidence reference. Identity: run, environment, cell, sample."""

    cell: str  # id
    environment: str  # id
    run: RunName
    sample: int = 0  # 0 … repeat-1
    suite: str = ""  # digest of the rendered text
    verdict: Verdict
    evidence: EvidenceHash = ""  # content hash; empty when nothing was run
    timings: Timings | None = None
    reused_from: NoneOrRunName = ""  # the run that measured it, where `run` only took it over; timings are that run's

    @property
    def by_launcher(self) -> bool:
        """Whether it was measured, and that by the run's launcher itself, not in a new process instead."""
        return (
            self.timings is not None
            and not self.timings.spawned
            and bool(self.evidence)
            and self.verdict.status is not Status.INFRASTRUCTURE
        )


class EvidenceDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of which two launchers did not observe the same."""

    cell: str  # id
    places: tuple[str, ...]  # `exit.code: 0 | 1`: where the evidence differs, the reference launcher's on the left
    repeated: str = ""  # what came of repeating it under each


class CellRecheck(msgspec.Struct, frozen=True, kw_only=True, tag="recheck", tag_field="kind"):
    """A cell that was forked, run once more under the reference launcher. Identity: as of the outcome."""

    cell: str  # id
    environment: str  # id
    run: RunName
    sample: int = 0
    evidence: EvidenceHash = ""  # what the fork showed
    cpu: float | None = None  # seconds under the reference launcher
    difference: EvidenceDifference | None = None  # None: both showed the same
    varies: bool = False  # repeated, each launcher showed what the other did: the cell is not stable
    failed: str = ""  # why it could not be run under the reference launcher


class Recheck(msgspec.Struct, frozen=True, kw_only=True):
    """The re-checks of one run in one environment, together."""

    cells: tuple[str, ...]  # ids
    varying: tuple[EvidenceDifference, ...] = ()  # the cell is not stable
    differing: tuple[EvidenceDifference, ...] = ()


class Footer(msgspec.Struct, frozen=True, kw_only=True, tag="footer", tag_field="kind"):
    """Last line of a file that was finished. Without it the run was interrupted."""

    outcomes: int
    finished: str  # UTC, ISO 8601
    wall: float
    recheck: Recheck | None = None  # in older files, which have no line for each re-check


Line = Header | Outcome | CellRecheck | Footer


class BrokenLine(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A line that can't be used, and why. `line` counts from 1; 0 stands for the whole file."""

    file: str
    line: int
    reason: str

    @property
    def is_torn(self) -> bool:
        """It is the outcome that a run was writing when it was killed; nobody can use it."""
        return self.reason.startswith(TORN)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.reason}"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run in one environment: what one results file holds."""

    header: Header
    outcomes: tuple[Outcome, ...] = ()
    rechecks: tuple[CellRecheck, ...] = ()
    footer: Footer | None = None
    file: str = ""  # where it was read from; empty when it was never in a file

    @property
    def interrupted(self) -> bool:
        """It has no footer, so cells may be missing."""
        return self.footer is None

    @property
    def recheck(self) -> Recheck | None:
        """What its re-checks came to; None where nothing was re-checked."""
        done = [one for one in self.rechecks if not one.failed]
        if not done:
            return self.footer.recheck if self.footer else None
        return Recheck(
            cells=tuple(sorted({one.cell for one in done})),
            varying=tuple(one.difference for one in done if one.difference and one.varies),
            differing=tuple(one.difference for one in done if one.difference and not one.varies),
        )


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two or more verdicts for what should be one outcome."""

    run: str
    environment: str  # digest, or id when it can't be resolved
    cell: str
    sample: int
    verdicts: tuple[Verdict, ...]  # sorted by their text


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Any number of runs in any number of environments, and what could not be read of them."""

    runs: tuple[Run, ...] = ()
    broken: tuple[BrokenLine, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
