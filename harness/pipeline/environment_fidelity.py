"""All cells of one environment under both launchers, the evidence held against each other."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from harness.environments.model import Environment
from harness.launchers.rules import reason_to_spawn
from harness.pipeline.cells import execute, run_cell, target_of
from harness.pipeline.disagreement import disagreement
from harness.pipeline.environment_run import header
from harness.pipeline.fidelity_counts import FidelityCounts
from harness.pipeline.reference import find_reference, run_reference
from harness.store.digests import digest_texts
from harness.store.earlier import EarlierRuns
from harness.store.writing import RunWriter
from harness.suites.subject import decode_texts
from harness.verdicts.classify import classify

if TYPE_CHECKING:
    from harness.catalogue.cell import Cell
    from harness.environments.model import Built, EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.evidence.model import Evidence
    from harness.pipeline.disagreement import Disagreement
    from harness.pipeline.environment_run import Submit
    from harness.pipeline.reference import Reference
    from harness.pipeline.settings import Settings
    from harness.store.model import Outcome
    from harness.suites.subject import Files, Subject
    from harness.verdicts.model import Verdict

    Suites = dict[Cell | Subject, Files]


@dataclass(frozen=True, kw_only=True)
class LauncherPair:
    """One environment, two launchers, and where what they observe is written and counted."""

    settings: Settings
    referring: Settings  # the same run with the reference launcher
    built: Built
    reference: Reference
    writer: RunWriter
    counts: FidelityCounts

    def compare(self, cell: Cell | Subject, files: Files, known: Outcome | None) -> None:
        """Run a cell under both launchers, or only under the one, if it is `known` how it ended under the other."""
        self.settings.progress.cell_started(cell.id, self.built.environment.id)
        outcome = known or run_cell(self.referring, self.built, cell, 0, self.reference.findings)
        self.writer.write(msgspec.structs.replace(outcome, run=self.settings.run))
        expected = self.settings.evidence.get(outcome.evidence)
        observed, timings = execute(self.settings, self.built, files)
        if timings.spawned:
            self.counts.left(cell.id, timings.spawned)
        elif expected.infrastructure or observed.infrastructure:
            self.counts.failed(cell.id, expected.infrastructure or observed.infrastructure)
        else:
            if outcome.timings and not known:
                self.counts.took(outcome.timings.cpu, timings.cpu)
            self.counts.compared(cell.id, self._held(cell, files, expected, observed), reused=known is not None)

    def _held(self, cell: Cell | Subject, files: Files, expected: Evidence, observed: Evidence) -> Disagreement | None:
        return disagreement(
            cell.id,
            expected,
            observed,
            lambda: execute(self.referring, self.built, files)[0],
            lambda: execute(self.settings, self.built, files)[0],
        )


class EnvironmentFidelity:
    """Compares the plan's cells under `launcher` and `reference_launcher`.

    What the reference launcher observes is written as a results file like that of any run, and what it observed before
    under the same conditions is taken from there. Cells that go to the reference launcher by rule are only counted.
    """

    def __init__(
        self,
        settings: Settings,
        provisioner: Provisioner,
        request: EnvironmentRequest,
        submit: Submit,
    ) -> None:
        assert settings.reference_launcher is not None
        self._settings = settings
        self._referring = replace(settings, launcher=settings.reference_launcher)
        self._provisioner = provisioner
        self._request = request
        self._submit = submit
        self._lock = threading.Lock()
        self._writer: RunWriter | None = None
        self._waiting = 0
        self.counts: FidelityCounts | None = None  # None until it is known which environment it is

    def start(self) -> None:
        """Submit every cell that is to be compared."""
        described = self._provisioner.describe(self._request)
        counts = self.counts = FidelityCounts(self._settings.progress, described)
        if isinstance(described, Environment):
            suites = self._suites(described, counts)
            if suites:
                self._start_cells(described, suites, counts)
        else:
            for cell in self._settings.plan.cells_in(self._request):
                counts.unresolvable(cell.id)

    def close(self) -> None:
        """Close the results file, without a footer unless all outcomes are in it."""
        self._end(CancelledError)

    def _suites(self, environment: Environment, counts: FidelityCounts) -> Suites:
        """The suites that are to be compared; the other cells are counted."""
        target = target_of(environment)
        suites: Suites = {}
        for cell in self._settings.plan.cells_in(self._request):
            subject = self._settings.subject(cell)
            if subject.not_applicable(target) is not None:
                counts.not_applicable(cell.id)
                continue
            files = subject.files(target)
            reason = reason_to_spawn(decode_texts(files))
            if reason is None:
                suites[cell] = files
            else:
                counts.left(cell.id, reason)
        return suites

    def _start_cells(self, environment: Environment, suites: Suites, counts: FidelityCounts) -> None:
        settings, referring = self._settings, self._referring
        built = self._provisioner.build(self._request, environment)
        earlier = None
        if not settings.fresh:
            earlier = EarlierRuns(settings.folder, header(referring, environment), settings.evidence)
        reference = find_reference(referring, environment, earlier) if earlier else None
        reference = reference or run_reference(referring, built)
        known = self._known(suites, earlier, reference) if earlier else {}
        self._writer = RunWriter(settings.folder, header(referring, environment, reference)).__enter__()
        bench = LauncherPair(
            settings=settings,
            referring=referring,
            built=built,
            reference=reference,
            writer=self._writer,
            counts=counts,
        )
        self._waiting = len(suites)
        for cell, files in suites.items():
            self._submit(self._compare, bench, cell, files, known.get(cell))

    def _known(self, suites: Suites, earlier: EarlierRuns, reference: Reference) -> dict[Cell | Subject, Outcome]:
        """What the reference launcher observed in earlier runs."""

        def judge(evidence: Evidence) -> Verdict:
            if self._settings.stopping.is_set():
                raise CancelledError
            return classify(evidence, self._settings.signatures, environment_findings=reference.findings)

        wanted = {(cell.id, digest_texts(files), 0): cell for cell, files in suites.items()}
        return {wanted[measurement]: outcome for measurement, outcome in earlier.outcomes(wanted, judge).items()}

    def _compare(self, bench: LauncherPair, cell: Cell | Subject, files: Files, known: Outcome | None) -> None:
        if self._settings.stopping.is_set():
            raise CancelledError
        bench.compare(cell, files, known)
        with self._lock:
            self._waiting -= 1
            last = self._waiting == 0
        if last:
            self._end(None)

    def _end(self, kind: type[BaseException] | None) -> None:
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.__exit__(kind, None, None)
