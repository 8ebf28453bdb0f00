"""All cells of one environment: its reference cell first, then the others as workers are free."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.headline import describe
from harness.analysis.label import label
from harness.catalogue.cell import Cell
from harness.environments.copies import describe_moves
from harness.environments.identity import PLUGIN
from harness.environments.model import Environment, Unresolvable
from harness.output.text import one_line, shorten_environment
from harness.pipeline.cells import find_not_applicable, make_target, run_cell
from harness.pipeline.rechecking import choose_rechecks, recheck
from harness.pipeline.reference import NO_REFERENCE, Reference, find_reference, run_reference
from harness.servers.opening import find_lack
from harness.store.earlier import EarlierRuns
from harness.store.model import Header, Outcome
from harness.store.writing import RunWriter
from harness.suites.environments import describe_departures
from harness.suites.subject import digest_subject
from harness.suites.suite import Suite, is_suite
from harness.verdicts.classify import classify
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.environments.model import Built, EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.evidence.model import Evidence
    from harness.pipeline.rechecking import Run
    from harness.pipeline.settings import Settings
    from harness.store.earlier import Measurement
    from harness.store.model import CellRecheck
    from harness.suites.subject import Subject
    from harness.verdicts.model import Finding

    Submit = Callable[..., None]  # has a worker call a function with arguments

UNEXPECTED = frozenset({Status.FAILS, Status.INFRASTRUCTURE})
"""Statuses that no cell of the catalogue should have. A suite of the user's own fails as it pleases."""


def make_header(
    settings: Settings, described: Environment | Unresolvable, reference: Reference = NO_REFERENCE
) -> Header:
    """What the outcomes of one environment have in common."""
    return Header(
        run=settings.run,
        harness=settings.version,
        environment_id=described.id,
        environment=described if isinstance(described, Environment) else None,
        server=settings.server.info,
        machine=settings.machine,
        catalogue=settings.catalogue_digest,
        probe=settings.probe_digest,
        verdicts=settings.verdicts_digest,
        launcher=settings.launcher.name,
        limit=settings.limit,
        memory=settings.memory,
        profile=settings.plan.profile,
        shard=settings.plan.shard,
        environment_findings=reference.findings,
        reference=reference.evidence,
        reference_suite=reference.suite,
    )


class EnvironmentRun:
    """Writes one results file. Outcomes reach it as cells finish; the footer when the last one has.

    What earlier runs measured comes first and is not run again. The environment is created only if something is left
    to run, and a sample of that is re-checked. `start` runs on one thread; the cells run on the
    workers. When a worker fails for a reason of its own, the run stops, because results that are silently incomplete
    are worse than none.
    """

    def __init__(
        self, settings: Settings, provisioner: Provisioner, request: EnvironmentRequest, submit: Submit
    ) -> None:
        self._settings = settings
        self._submit = submit
        self._provisioner = provisioner
        self._request = request
        self._categories = {signature.name: signature.category for signature in settings.signatures}
        self._lock = threading.Lock()
        self._writer: RunWriter | None = None
        self._left = 0
        self._chosen: frozenset[Run] = frozenset()  # what is re-checked
        self._cells = settings.plan.cells_in(request)
        self._packages = {cell: settings.subject(cell).additions for cell in self._cells}

    def start(self) -> None:
        """Open the results file and submit every cell. What is submitted raises what kept it from being recorded."""
        described = self._provisioner.describe(self._request, self._packages.values())
        if isinstance(described, Environment):
            self._note_moves(described)
            self._note_departures(described)
            self._start_cells(described)
        else:
            self._write_unresolvable(described)

    def _note_moves(self, described: Environment) -> None:
        existing = self._request.existing
        if existing is not None and self._request.copied:
            for line in describe_moves(existing, described):
                self._settings.progress.note(f"{shorten_environment(described.id)}: {line}")

    def _note_departures(self, described: Environment) -> None:
        """Which versions suites of the user's own ask for and don't get, of packages and of Python."""
        if self._request.existing is not None:
            return
        for suite in self._cells:
            if isinstance(suite, Suite):
                reason = suite.not_applicable(make_target(described))
                where = shorten_environment(described.id)
                departures = describe_departures(suite, described)
                if reason:
                    self._settings.progress.note(f"{suite.id}: not run on {where}: {reason}")
                elif departures:
                    self._settings.progress.note(f"{suite.id}: {where} has {departures}")

    def close(self) -> None:
        """Close the results file, without a footer unless all outcomes are in it. For when no cell runs any more."""
        self._end(CancelledError)

    def _open(self, first: Header) -> RunWriter:
        self._writer = RunWriter(self._settings.folder, first).__enter__()
        return self._writer

    def _end(self, kind: type[BaseException] | None) -> None:
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.__exit__(kind, None, None)
        if kind is None and self._settings.finished is not None:
            self._settings.finished(writer.path)

    def _write_unresolvable(self, unresolvable: Unresolvable) -> None:
        self._settings.progress.note(f"{shorten_environment(unresolvable.id)} can't be resolved: {unresolvable.reason}")
        verdict = Verdict(status=Status.UNRESOLVABLE, reason=unresolvable.reason)
        writer = self._open(make_header(self._settings, unresolvable))
        for cell in self._cells:
            self._record(
                writer,
                Outcome(cell=cell.id, environment=unresolvable.id, run=self._settings.run, verdict=verdict),
            )
            self._skip_samples(cell, unresolvable.id, self._settings.plan.repeat - 1)
        self._end(None)

    def _start_cells(self, environment: Environment) -> None:
        earlier = self._earlier(environment)
        reference = self._reference(environment, earlier)
        writer = self._open(make_header(self._settings, environment, reference))
        applicable = self._list_applicable(writer, environment)
        runs = [(cell, sample) for sample in range(self._settings.plan.repeat) for cell in applicable]
        if earlier is not None:
            wanted = self._list_measurements(environment, runs, earlier)
            reused = self._reuse(writer, wanted, earlier, reference.findings)
            runs = [run for run in runs if run not in reused]
        self._left = len(runs)
        if not runs:
            # Here and not in a callback of a future, where an error of the disk would be lost.
            self._end(None)
            return
        self._chosen = choose_rechecks(self._settings, environment.id, runs)
        # The environment itself comes first, so that its cells run while its additions are made.
        for packages in sorted({self._packages[cell] for cell, _ in runs}):
            built = self._provisioner.build(self._request, environment, packages)
            for cell, sample in runs:
                if self._packages[cell] == packages:
                    self._submit(self._run_cell, writer, built, cell, sample, reference.findings)

    def _earlier(self, environment: Environment) -> EarlierRuns | None:
        """What may be reused here; None when everything is to be run."""
        settings = self._settings
        if settings.fresh:
            return None
        first = make_header(settings, environment)
        return EarlierRuns(settings.folder, first, settings.evidence, rechecked=settings.rechecks_all)

    def _reference(self, environment: Environment, earlier: EarlierRuns | None) -> Reference:
        """The reference of an earlier run or a new one. What the simplest suite isn't clean of is printed.

        There is none without pytest-asyncio.
        """
        settings = self._settings
        if not make_target(environment).has(PLUGIN):
            return NO_REFERENCE
        reference = find_reference(settings, environment, earlier) if earlier is not None else None
        if reference is None:
            reference = run_reference(settings, self._provisioner.build(self._request, environment))
        if reference.verdict.status is not Status.CLEAN:
            text = f"{label(reference.verdict, self._categories)} {reference.verdict.reason}".strip()
            settings.progress.note(
                f"{shorten_environment(environment.id)}: even the simplest suite isn't clean here: {text}"
            )
        return reference

    def _list_applicable(self, writer: RunWriter, environment: Environment) -> list[Cell | Subject]:
        """The cells that can be expressed here; the outcomes of the others are recorded."""
        target = make_target(environment)
        applicable: list[Cell | Subject] = []
        others: list[Outcome] = []
        for cell in self._cells:
            addition = environment.find_addition(self._packages[cell])
            subject = self._settings.subject(cell)
            reason = subject.not_applicable(target) or (addition and addition.reason)
            reason = reason or find_lack(self._settings.server.info.backend, subject.server)
            if not reason:
                applicable.append(cell)
            else:
                others.append(find_not_applicable(self._settings, environment, cell, reason))
                self._skip_samples(cell, environment.id, self._settings.plan.repeat - 1)
        self._record(writer, *others)
        return applicable

    def _list_measurements(
        self, environment: Environment, runs: Iterable[Run], earlier: EarlierRuns
    ) -> dict[Measurement, Run]:
        """What the runs of cells measure. Rendering every cell takes as long as all else that a repeated run does."""
        target = make_target(environment)
        known = earlier.suites(self._settings.catalogue_digest)

        @cache
        def suite(cell: Cell | Subject) -> str:
            if isinstance(cell, Cell) and cell.id in known:
                return known[cell.id]
            subject = self._settings.subject(cell)
            return digest_subject(subject, subject.files(target))

        return {(cell.id, suite(cell), sample): (cell, sample) for cell, sample in runs}

    def _reuse(
        self, writer: RunWriter, wanted: Mapping[Measurement, Run], earlier: EarlierRuns, known: tuple[Finding, ...]
    ) -> set[Run]:
        """Record what earlier runs measured. What need not be run for it."""
        settings = self._settings

        def judge(evidence: Evidence) -> Verdict:
            if settings.stopping.is_set():
                raise CancelledError
            return classify(evidence, settings.signatures, environment_findings=known)

        def judged(first: Header) -> bool:
            return (first.verdicts, first.environment_findings) == (settings.verdicts_digest, known)

        packages = {cell.id: asked for cell, asked in self._packages.items()}
        found = earlier.outcomes(wanted, judge, judged=judged, packages=packages)
        lines: list[Outcome | CellRecheck] = []
        for outcome in found.values():
            if (known_recheck := earlier.recheck(outcome)) is not None:
                lines.append(msgspec.structs.replace(known_recheck, run=settings.run))
            lines.append(msgspec.structs.replace(outcome, run=settings.run))
        if lines:
            writer.write(*lines)
        for outcome in found.values():
            settings.progress.cell_reused(outcome.verdict.status)
        return {wanted[measurement] for measurement in found}

    def _run_cell(
        self, writer: RunWriter, built: Built, cell: Cell | Subject, sample: int, known: tuple[Finding, ...]
    ) -> None:
        if self._settings.stopping.is_set():
            raise CancelledError
        self._settings.progress.cell_started(cell.id, built.environment.id)
        outcome = run_cell(self._settings, built, cell, sample, known)
        if (cell, sample) in self._chosen and outcome.by_launcher:
            # Before the outcome: an outcome that was to be re-checked and wasn't is not taken over by a later run.
            writer.write(recheck(self._settings, built, outcome))
        self._record(writer, outcome)
        if self._count_down():
            self._end(None)

    def _count_down(self) -> bool:
        """Whether it was the last of what was submitted."""
        with self._lock:
            self._left -= 1
            return self._left == 0

    def _record(self, writer: RunWriter, *outcomes: Outcome) -> None:
        writer.write(*outcomes)
        for outcome in outcomes:
            self._settings.progress.cell_finished(
                outcome.cell,
                outcome.environment,
                self._describe(outcome),
                unexpected=_is_unexpected(outcome),
            )

    def _skip_samples(self, cell: Cell | Subject, environment: str, samples: int) -> None:
        """Let the display count the further samples of a cell that isn't run."""
        for _ in range(samples):
            self._settings.progress.cell_finished(cell.id, environment, Status.NOT_APPLICABLE, unexpected=False)

    def _describe(self, outcome: Outcome) -> str:
        status, text = str(outcome.verdict.status), one_line(describe(outcome.cell, outcome.verdict, self._categories))
        return text if text.startswith(status) else f"{status} {text}"


def _is_unexpected(outcome: Outcome) -> bool:
    """Whether the outcome is shown at once."""
    status = outcome.verdict.status
    return status in UNEXPECTED and not (status is Status.FAILS and is_suite(outcome.cell))
