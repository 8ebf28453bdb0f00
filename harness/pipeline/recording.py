"""What becomes of an environment's cells, wherever they run: what need not be run, and the file that outcomes go to."""

from __future__ import annotations

from concurrent.futures import CancelledError
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.headline import describe
from harness.catalogue.cell import Cell
from harness.environments.model import Environment, Unresolvable
from harness.output.text import one_line, shorten_environment
from harness.pipeline.cells import find_not_applicable, make_target
from harness.pipeline.reference import NO_REFERENCE, Reference
from harness.servers.opening import find_lack
from harness.store.earlier import EarlierRuns
from harness.store.model import Header, Outcome
from harness.store.writing import RunWriter
from harness.suites.subject import digest_subject
from harness.suites.suite import is_suite
from harness.verdicts.classify import classify
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.evidence.model import Evidence
    from harness.pipeline.rechecking import Run
    from harness.pipeline.settings import Recording, Site
    from harness.store.earlier import Measurement
    from harness.store.model import CellRecheck
    from harness.suites.subject import Subject

UNEXPECTED = frozenset({Status.FAILS, Status.INFRASTRUCTURE})
"""Statuses that no cell of the catalogue should have. A suite of the user's own fails as it pleases."""


def make_header(
    recording: Recording, site: Site, described: Environment | Unresolvable, reference: Reference = NO_REFERENCE
) -> Header:
    """What the outcomes of one environment have in common."""
    return Header(
        run=recording.run,
        harness=recording.version,
        environment_id=described.id,
        environment=described if isinstance(described, Environment) else None,
        server=site.server,
        machine=site.machine,
        catalogue=recording.catalogue_digest,
        probe=recording.probe_digest,
        verdicts=recording.verdicts_digest,
        launcher=site.launcher,
        limit=recording.limit,
        memory=recording.memory,
        profile=recording.plan.profile,
        shard=recording.plan.shard,
        environment_findings=reference.findings,
        reference=reference.evidence,
        reference_suite=reference.suite,
    )


def open_earlier(
    recording: Recording, site: Site, environment: Environment, *, rechecked: bool = False
) -> EarlierRuns | None:
    """What may be reused there; None when everything is to be run."""
    if recording.fresh:
        return None
    header = make_header(recording, site, environment)
    return EarlierRuns(recording.folder, header, recording.evidence, rechecked=rechecked)


def sort_out(
    recording: Recording, site: Site, environment: Environment, cells: Iterable[Cell | Subject]
) -> tuple[list[Cell | Subject], list[Outcome]]:
    """The cells that can be expressed there, and the outcomes of the others."""
    target = make_target(environment)
    applicable: list[Cell | Subject] = []
    others: list[Outcome] = []
    for cell in cells:
        subject = recording.subject(cell)
        addition = environment.find_addition(subject.additions)
        reason = subject.not_applicable(target) or (addition and addition.reason)
        reason = reason or find_lack(site.server.backend, subject.server)
        if reason:
            others.append(find_not_applicable(recording, environment, cell, reason))
        else:
            applicable.append(cell)
    return applicable, others


def list_measurements(
    recording: Recording, environment: Environment, runs: Iterable[Run], earlier: EarlierRuns
) -> dict[Measurement, Run]:
    """What the runs of cells measure. Rendering every cell takes as long as all else that a repeated run does."""
    target = make_target(environment)
    known = earlier.suites(recording.catalogue_digest)

    @cache
    def suite(cell: Cell | Subject) -> str:
        if isinstance(cell, Cell) and cell.id in known:
            return known[cell.id]
        subject = recording.subject(cell)
        return digest_subject(subject, subject.files(target))

    return {(cell.id, suite(cell), sample): (cell, sample) for cell, sample in runs}


class EnvironmentFile:
    """Writes what came of an environment's cells to its file, and shows it. Safe to use from several threads."""

    def __init__(self, recording: Recording, header: Header, *, part: int = 1) -> None:
        self._recording = recording
        self._header = header
        self._writer = RunWriter(recording.folder, header, part=part).__enter__()

    @property
    def path(self) -> Path:
        """The file."""
        return self._writer.path

    def close(self, kind: type[BaseException] | None = None) -> None:
        """Close the file, with a footer if nothing ended it early."""
        self._writer.__exit__(kind, None, None)

    def record(self, *outcomes: Outcome, rechecks: Iterable[CellRecheck] = ()) -> None:
        """Write outcomes and show them. Those that were re-checked come with that: all are written at once."""
        self._writer.write(*rechecks, *outcomes)
        for outcome in outcomes:
            self._recording.progress.cell_finished(
                outcome.cell, outcome.environment, self._describe(outcome), unexpected=_is_unexpected(outcome)
            )

    def record_skipped(self, outcomes: Iterable[Outcome]) -> None:
        """Record cells of which no sample is run; the display counts each."""
        outcomes = list(outcomes)
        self.record(*outcomes)
        for outcome in outcomes:
            for _ in range(self._recording.plan.repeat - 1):
                self._recording.progress.cell_finished(
                    outcome.cell, outcome.environment, Status.NOT_APPLICABLE, unexpected=False
                )

    def record_recheck(self, recheck: CellRecheck) -> None:
        """Write it before its outcome: what was to be re-checked and wasn't is not taken over by a later run."""
        self._writer.write(recheck)

    def take_over(self, wanted: Mapping[Measurement, Run], earlier: EarlierRuns) -> set[Run]:
        """Record what earlier runs measured, judged as of today. What need not be run for it."""
        recording, known = self._recording, self._header.environment_findings

        def judge(evidence: Evidence) -> Verdict:
            if recording.stopping.is_set():
                raise CancelledError
            return classify(evidence, recording.signatures, environment_findings=known)

        def judged(first: Header) -> bool:
            return (first.verdicts, first.environment_findings) == (recording.verdicts_digest, known)

        packages = {cell.id: recording.subject(cell).additions for cell, _ in wanted.values()}
        found = earlier.outcomes(wanted, judge, judged=judged, packages=packages)
        lines: list[Outcome | CellRecheck] = []
        for outcome in found.values():
            if (known_recheck := earlier.recheck(outcome)) is not None:
                lines.append(msgspec.structs.replace(known_recheck, run=recording.run))
            lines.append(msgspec.structs.replace(outcome, run=recording.run))
        if lines:
            self._writer.write(*lines)
        for outcome in found.values():
            recording.progress.cell_reused(outcome.verdict.status)
        return {wanted[measurement] for measurement in found}

    def _describe(self, outcome: Outcome) -> str:
        status = str(outcome.verdict.status)
        text = one_line(describe(outcome.cell, outcome.verdict, self._recording.categories))
        return text if text.startswith(status) else f"{status} {text}"


def record_unresolvable(
    file: EnvironmentFile, recording: Recording, described: Unresolvable, cells: Iterable[Cell | Subject]
) -> None:
    """Record that an environment can't be had."""
    recording.progress.note(f"{shorten_environment(described.id)} can't be resolved: {described.reason}")
    verdict = Verdict(status=Status.UNRESOLVABLE, reason=described.reason)
    file.record_skipped(
        Outcome(cell=cell.id, environment=described.id, run=recording.run, verdict=verdict) for cell in cells
    )


def _is_unexpected(outcome: Outcome) -> bool:
    """Whether the outcome is shown at once."""
    status = outcome.verdict.status
    return status in UNEXPECTED and not (status is Status.FAILS and is_suite(outcome.cell))
