"""All cells of one environment: its reference cell first, then the others as workers are free."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from harness.analysis.label import label
from harness.environments.model import Built
from harness.errors import InfrastructureError
from harness.pipeline.cells import execute, keep, not_applicable, run_cell, target_of
from harness.store.model import Header, Outcome
from harness.store.writing import RunWriter
from harness.verdicts.classify import classify, environment_findings
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from harness.catalogue.cell import Cell
    from harness.environments.model import Unresolvable
    from harness.pipeline.settings import Settings
    from harness.verdicts.model import Finding

SURPRISES = frozenset({Status.FAILS, Status.INFRASTRUCTURE})


def header(
    settings: Settings, provided: Built | Unresolvable, known: tuple[Finding, ...] = (), reference: str = ""
) -> Header:
    """What the outcomes of one environment have in common."""
    environment = provided.environment if isinstance(provided, Built) else None
    return Header(
        run=settings.run,
        harness=settings.version,
        environment_id=provided.environment.id if isinstance(provided, Built) else provided.id,
        environment=environment,
        server=settings.server.info,
        machine=settings.machine,
        catalogue=settings.catalogue_digest,
        probe=settings.probe_digest,
        launcher=settings.launcher.name,
        profile=settings.plan.profile,
        environment_findings=known,
        reference=reference,
    )


class EnvironmentRun:
    """Writes one results file. Outcomes reach it as cells finish; the footer when the last one has.

    `start` runs on one thread; the cells run on the workers. When a worker fails for a reason of its own, the run
    stops, because results that are silently incomplete are worse than none.
    """

    def __init__(self, settings: Settings, provided: Built | Unresolvable) -> None:
        self._settings = settings
        self._provided = provided
        self._categories = {signature.name: signature.category for signature in settings.signatures}
        self._lock = threading.Lock()
        self._writer: RunWriter | None = None
        self._left = 0

    def start(self, workers: Executor) -> list[Future[None]]:
        """Open the results file and submit every cell. The futures raise what kept a cell from being recorded."""
        if isinstance(self._provided, Built):
            return self._start_cells(self._provided, workers)
        self._write_unresolvable(self._provided)
        return []

    def close(self) -> None:
        """Close the results file, without a footer unless all outcomes are in it. For when no cell runs any more."""
        self._end(CancelledError)

    def _open(self, first: Header) -> RunWriter:
        self._writer = RunWriter(self._settings.folder, first).__enter__()
        return self._writer

    def _end(self, kind: type[BaseException] | None) -> None:
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.__exit__(kind, None, None)

    def _write_unresolvable(self, unresolvable: Unresolvable) -> None:
        self._settings.progress.note(f"{unresolvable.id} can't be resolved: {unresolvable.reason}")
        verdict = Verdict(status=Status.UNRESOLVABLE, reason=unresolvable.reason)
        writer = self._open(header(self._settings, unresolvable))
        for cell in self._settings.plan.cells:
            self._record(
                writer,
                Outcome(cell=cell.id, environment=unresolvable.id, run=self._settings.run, verdict=verdict),
            )
            self._skip_samples(cell, unresolvable.id, self._settings.plan.repeat - 1)
        self._end(None)

    def _start_cells(self, built: Built, workers: Executor) -> list[Future[None]]:
        known, reference = self._reference(built)
        writer = self._open(header(self._settings, built, known, reference))
        target = target_of(built.environment)
        applicable = []
        for cell in self._settings.plan.cells:
            reason = self._settings.catalogue.not_applicable(cell, target)
            if reason is None:
                applicable.append(cell)
            else:
                self._record(writer, not_applicable(self._settings, built.environment, cell, reason))
                self._skip_samples(cell, built.environment.id, self._settings.plan.repeat - 1)
        runs = [(cell, sample) for sample in range(self._settings.plan.repeat) for cell in applicable]
        self._left = len(runs)
        if not runs:
            self._end(None)
        return [workers.submit(self._run_cell, writer, built, cell, sample, known) for cell, sample in runs]

    def _reference(self, built: Built) -> tuple[tuple[Finding, ...], str]:
        """What the simplest suite is warned of here and what it leaves behind, and the hash of its evidence.

        Raises `InfrastructureError` when that can't be told: without it, every verdict would be wrong.
        """
        settings = self._settings
        files = settings.catalogue.suite(settings.catalogue.reference, target_of(built.environment))
        evidence, _ = execute(settings, built, files)
        if evidence.infrastructure:
            raise InfrastructureError(
                f"The simplest suite can't be run in {built.environment.id}: {evidence.infrastructure}.",
                remedy="What was recorded before is kept. Mend that, then run again.",
            )
        known = environment_findings(evidence, settings.signatures)
        verdict = classify(evidence, settings.signatures, environment_findings=known)
        if verdict.status is not Status.CLEAN:
            said = f"{label(verdict, self._categories)} {verdict.reason}".strip()
            settings.progress.note(f"{built.environment.id}: even the simplest suite isn't clean here: {said}")
        return known, keep(settings, evidence)

    def _run_cell(self, writer: RunWriter, built: Built, cell: Cell, sample: int, known: tuple[Finding, ...]) -> None:
        if self._settings.stopping.is_set():
            raise CancelledError
        self._settings.progress.cell_started(cell.id, built.environment.id)
        self._record(writer, run_cell(self._settings, built, cell, sample, known))
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            # Here and not in a callback of the future, where what the disk says would be lost.
            self._end(None)

    def _record(self, writer: RunWriter, outcome: Outcome) -> None:
        writer.write(outcome)
        self._settings.progress.cell_finished(
            outcome.cell,
            outcome.environment,
            self._said(outcome.verdict),
            surprise=outcome.verdict.status in SURPRISES,
        )

    def _skip_samples(self, cell: Cell, environment: str, samples: int) -> None:
        """Tell the display that there are no further samples of a cell that isn't run."""
        for _ in range(samples):
            self._settings.progress.cell_finished(cell.id, environment, Status.NOT_APPLICABLE, surprise=False)

    def _said(self, verdict: Verdict) -> str:
        status, text = str(verdict.status), label(verdict, self._categories)
        return text if text.startswith(status) else f"{status} {text}"
