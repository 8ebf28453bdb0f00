"""Measuring what a baseline's plan lacks: each environment becomes a file of the baseline as soon as it is complete."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.errors import UsageError
from harness.pipeline.run import execute_plan
from harness.pipeline.setup import run_context
from harness.pipeline.storage import report_storage_errors
from harness.planning.plan import Plan
from harness.regress.baseline_making import require_fit, require_nothing_lost
from harness.store.condensing import condense, write_condensed
from harness.store.reading import read_file
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import BaselineOptions
    from harness.environments.provisioning import Provisioner
    from harness.regress.baseline_state import BaselineProgress
    from harness.store.model import Run

PROFILE = "baseline"
"""What stands for a profile in the results."""

REMEDY = "Make room, or choose another folder with --into."
_NOT_RUN = frozenset({Status.NOT_APPLICABLE, Status.UNRESOLVABLE})


class BaselineFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a baseline."""

    environment: str
    run: str
    file: str
    bytes: int
    cells: int
    ran: int  # of the cells, those that could be, in an environment that can be made


def write_file(folder: Path, run: Run) -> BaselineFile:
    """Write a run that `condense` made small."""
    path = write_condensed(folder, run)
    return BaselineFile(
        environment=run.header.environment_id,
        run=run.header.run,
        file=path.name,
        bytes=path.stat().st_size,
        cells=len(run.outcomes),
        ran=sum(outcome.verdict.status not in _NOT_RUN for outcome in run.outcomes),
    )


class Packer:
    """Makes each results file that is complete a file of the baseline. Safe to call from several threads."""

    def __init__(self, into: Path) -> None:
        self.written: list[BaselineFile] = []
        self.refused: list[UsageError] = []  # why what was measured did not become part of the baseline
        self._into = into
        self._lock = threading.Lock()

    def __call__(self, path: Path) -> None:
        """Raises `InfrastructureError` where the baseline can't be written."""
        with self._lock, report_storage_errors("The baseline", self._into, REMEDY):
            for run in read_file(path):
                try:
                    require_fit(run)
                    require_nothing_lost(self._into, [run])
                except UsageError as error:
                    self.refused.append(error)
                else:
                    self.written.append(write_file(self._into, condense(run)))


def measure(
    options: BaselineOptions, due: Sequence[BaselineProgress], catalogue: Catalogue, provisioner: Provisioner
) -> Packer:
    """Measure these environments, in their order. What earlier runs in the results folder measured is taken over."""
    cells = dict.fromkeys(cell for one in due for cell in sorted(one.cells, key=lambda cell: cell.id))
    plan = Plan(
        cells=tuple(cells),
        requests=tuple(one.request for one in due),
        repeat=1,
        profile=PROFILE,
        cells_by_request={one.request: one.cells for one in due},
    )
    packer = Packer(options.into)
    with run_context(options, plan, catalogue, provisioner, folder=options.results, launcher=options.launcher) as (
        opened,
        jobs,
    ):
        settings = replace(opened, recheck=options.recheck, finished=packer)
        execute_plan(settings, provisioner, jobs=jobs)
    return packer
