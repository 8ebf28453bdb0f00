"""All cells of one environment: its reference cell first, then the others as workers are free."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from harness.analysis.label import label
from harness.environments.copies import describe_moves
from harness.environments.identity import PLUGIN
from harness.environments.model import Environment
from harness.output.text import shorten_environment
from harness.pipeline.cells import make_target, run_cell
from harness.pipeline.rechecking import choose_rechecks, recheck
from harness.pipeline.recording import (
    EnvironmentFile,
    list_measurements,
    make_header,
    open_earlier,
    record_unresolvable,
    sort_out,
)
from harness.pipeline.reference import NO_REFERENCE, Reference, find_reference, run_reference
from harness.suites.environments import describe_departures
from harness.suites.suite import Suite
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalogue.cell import Cell
    from harness.environments.model import Built, EnvironmentRequest, Unresolvable
    from harness.environments.provisioning import Provisioner
    from harness.pipeline.rechecking import Run
    from harness.pipeline.settings import Settings
    from harness.store.earlier import EarlierRuns
    from harness.suites.subject import Subject
    from harness.verdicts.model import Finding

    Submit = Callable[..., None]  # has a worker call a function with arguments


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
        self._lock = threading.Lock()
        self._file: EnvironmentFile | None = None
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
            record_unresolvable(self._open(described), self._settings, described, self._cells)
            self._end(None)

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

    def _open(self, described: Environment | Unresolvable, reference: Reference = NO_REFERENCE) -> EnvironmentFile:
        self._file = EnvironmentFile(
            self._settings, make_header(self._settings, self._settings.site, described, reference)
        )
        return self._file

    def _end(self, kind: type[BaseException] | None) -> None:
        with self._lock:
            file, self._file = self._file, None
        if file is None:
            return
        file.close(kind)
        if kind is None and self._settings.finished is not None:
            self._settings.finished(file.path)

    def _start_cells(self, environment: Environment) -> None:
        settings = self._settings
        earlier = open_earlier(settings, settings.site, environment, rechecked=settings.rechecks_all)
        reference = self._reference(environment, earlier)
        file = self._open(environment, reference)
        applicable, others = sort_out(settings, settings.site, environment, self._cells)
        file.record_skipped(others)
        runs = [(cell, sample) for sample in settings.plan.list_samples() for cell in applicable]
        if earlier is not None:
            reused = file.take_over(list_measurements(settings, environment, runs, earlier), earlier)
            runs = [run for run in runs if run not in reused]
        self._left = len(runs)
        if not runs:
            # Here and not in a callback of a future, where an error of the disk would be lost.
            self._end(None)
            return
        self._chosen = choose_rechecks(settings, environment.id, runs)
        # The environment itself comes first, so that its cells run while its additions are made.
        for packages in sorted({self._packages[cell] for cell, _ in runs}):
            built = self._provisioner.build(self._request, environment, packages)
            for cell, sample in runs:
                if self._packages[cell] == packages:
                    self._submit(self._run_cell, file, built, cell, sample, reference.findings)

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
            text = f"{label(reference.verdict, settings.categories)} {reference.verdict.reason}".strip()
            settings.progress.note(
                f"{shorten_environment(environment.id)}: even the simplest suite isn't clean here: {text}"
            )
        return reference

    def _run_cell(
        self, file: EnvironmentFile, built: Built, cell: Cell | Subject, sample: int, known: tuple[Finding, ...]
    ) -> None:
        if self._settings.stopping.is_set():
            raise CancelledError
        self._settings.progress.cell_started(cell.id, built.environment.id)
        outcome = run_cell(self._settings, built, cell, sample, known)
        if (cell, sample) in self._chosen and outcome.by_launcher:
            file.record_recheck(recheck(self._settings, built, outcome))
        file.record(outcome)
        if self._count_down():
            self._end(None)

    def _count_down(self) -> bool:
        """Whether it was the last of what was submitted."""
        with self._lock:
            self._left -= 1
            return self._left == 0
