"""Measuring cells that aren't measured yet: several small runs on one server, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.pipeline.run import execute_plan
from harness.pipeline.settings import make_run_id
from harness.pipeline.soundness import require_sound
from harness.planning.plan import Plan
from harness.store.reading import read_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.catalogue.cell import Cell
    from harness.environments.model import EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.pipeline.settings import Settings
    from harness.store.model import Results


@dataclass(frozen=True, kw_only=True)
class CellMeasurer:
    """Runs cells with what a context has opened. The results are written as those of every run."""

    settings: Settings
    provisioner: Provisioner
    jobs: int
    profile: str  # what stands for a profile in the results

    @property
    def fresh(self) -> bool:
        """Whether all is run, also what earlier runs measured."""
        return self.settings.fresh

    def measure(
        self, cells: Iterable[Cell], requests: Sequence[EnvironmentRequest], *, new_process: bool = False
    ) -> Results:
        """What each cell shows in each environment, by the launcher of the context, or in a new process for each.

        What earlier runs in the folder measured is taken over, unless all is to be fresh. Raises `NotMeasuredError`
        where the server or the machine failed.
        """
        plan = Plan(cells=tuple(cells), requests=tuple(requests), repeat=1, profile=self.profile)
        reference = self.settings.reference_launcher
        launcher = reference if new_process and reference is not None else self.settings.launcher
        settings = replace(self.settings, plan=plan, run=make_run_id(), launcher=launcher)
        execute_plan(settings, self.provisioner, jobs=self.jobs)
        results = read_run(settings.folder, settings.run)
        require_sound(results)
        return results
