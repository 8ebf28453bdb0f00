"""All cells of one environment: its reference cell first, then the others as workers are free."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from harness.analysis.label import label
from harness.environments.model import Built
from harness.pipeline.cells import execute, not_applicable, run_cell, target_of
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

    def __init__(self, settings: Settings, provided: Built | Unresolvable, stopping: threading.Event) -> None:
        self._settings = settings
        self._provided = provided
        self._stopping = stopping
        self._categories = {signature.name: signature.category for signature in settings.signatures}

    def start(self, workers: Executor) -> list[Future[None]]:
        """Open the results file and submit every cell. The futures raise what kept a cell from being recorded."""
        if isinstance(self._provided, Built):
            return self._start_cells(self._provided, workers)
        self._write_unresolvable(self._provided)
        return []

    def _write_unresolvable(self, unresolvable: Unresolvable) -> None:
        self._settings.progress.note(f"{unresolvable.id} can't be resolved: {unresolvable.reason}")
        verdict = Verdict(status=Status.UNRESOLVABLE, reason=unresolvable.reason)
        with RunWriter(self._settings.folder, header(self._settings, unresolvable)) as writer:
            for cell in self._settings.plan.cells:
                self._record(
                    writer,
                    Outcome(cell=cell.id, environment=unresolvable.id, run=self._settings.run, verdict=verdict),
                )
                self._skip_samples(cell, unresolvable.id, self._settings.plan.repeat - 1)

    def _start_cells(self, built: Built, workers: Executor) -> list[Future[None]]:
        known, reference = self._reference(built)
        if self._stopping.is_set():
            return []
        writer = RunWriter(self._settings.folder, header(self._settings, built, known, reference))
        writer.__enter__()
        target = target_of(built.environment)
        applicable = []
        for cell in self._settings.plan.cells:
            reason = self._settings.catalogue.not_applicable(cell, target)
            if reason is None:
                applicable.append(cell)
            else:
                self._record(writer, not_applicable(self._settings, built.environment, cell, reason))
                self._skip_samples(cell, built.environment.id, self._settings.plan.repeat - 1)
        futures = [
            workers.submit(self._run_cell, writer, built, cell, sample, known)
            for sample in range(self._settings.plan.repeat)
            for cell in applicable
        ]
        Closer(writer, len(futures)).watch(futures)
        return futures

    def _reference(self, built: Built) -> tuple[tuple[Finding, ...], str]:
        """What the simplest suite is warned of here and what it leaves behind, and the hash of its evidence."""
        settings = self._settings
        files = settings.catalogue.suite(settings.catalogue.reference, target_of(built.environment))
        evidence, _ = execute(settings, built, files)
        known = environment_findings(evidence, settings.signatures)
        verdict = classify(evidence, settings.signatures, environment_findings=known)
        if verdict.status is not Status.CLEAN and not self._stopping.is_set():
            said = f"{label(verdict, self._categories)} {verdict.reason}".strip()
            settings.progress.note(f"{built.environment.id}: even the simplest suite isn't clean here: {said}")
        return known, settings.evidence.put(evidence)

    def _run_cell(self, writer: RunWriter, built: Built, cell: Cell, sample: int, known: tuple[Finding, ...]) -> None:
        if self._stopping.is_set():
            raise CancelledError
        self._settings.progress.cell_started(cell.id, built.environment.id)
        outcome = run_cell(self._settings, built, cell, sample, known)
        if self._stopping.is_set():
            raise CancelledError
        self._record(writer, outcome)

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


class Closer:
    """Closes a results file when the last of its cells has ended: with a footer if every one was recorded."""

    def __init__(self, writer: RunWriter, pending: int) -> None:
        self._writer = writer
        self._pending = pending
        self._complete = True
        self._lock = threading.Lock()

    def watch(self, futures: list[Future[None]]) -> None:
        """Count the futures down."""
        if not futures:
            self._writer.__exit__(None, None, None)
        for future in futures:
            future.add_done_callback(self._ended)

    def _ended(self, future: Future[None]) -> None:
        with self._lock:
            self._pending -= 1
            self._complete = self._complete and not future.cancelled() and future.exception() is None
            last = self._pending == 0
        if last:
            kind = None if self._complete else CancelledError
            self._writer.__exit__(kind, None, None)
