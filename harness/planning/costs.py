"""What cells and environments cost, as it was recorded: `costs.json`, which `harness.pipeline.cost_recording` writes.

It comes with the program and not from this machine's own results, so that every machine makes the same estimates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.catalogue.target import Target, parse_version
from harness.environments.identity import PLUGIN, split_implementation
from harness.packages import CLIENTS, NONE

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.environments.model import EnvironmentRequest
    from harness.environments.releases import Releases
    from harness.suites.subject import Subject

DATA = Path(__file__).with_name("costs.json")


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of a run on two cores, with as many cells at a time as it takes by default."""

    environment: float  # to create one, to start its warm process and to run its simplest suite
    cell: float
    process: float  # more for a cell that is not forked but runs in a new process
    suite: float  # of the user's own; nobody knows better before it ran
    values: dict[str, float]  # "workers=two_shared": what a cell with this value takes, where that is much more
    pythons: dict[str, float]  # "3.9": how many times the above its cells take


@lru_cache(maxsize=1)
def load_costs() -> Costs:
    """Those that come with the program."""
    return msgspec.json.decode(DATA.read_bytes(), type=Costs)


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """What the cells of a plan cost in their environments.

    It goes by releases and the catalogue alone, nothing is resolved: what can't be expressed costs nothing.
    """

    costs: Costs
    catalogue: Catalogue
    releases: Releases
    spawns: bool = False  # each cell runs in a new process, as always on Windows
    _by_cell: dict[Cell, float] = field(default_factory=dict, init=False)

    def estimate_cells(self, request: EnvironmentRequest, cells: tuple[Cell | Subject, ...]) -> list[float]:
        """Seconds for each of the cells, run once."""
        target = self._make_target(request)
        factor = self.costs.pythons.get(request.python, 1.0)
        return [factor * self._estimate(cell, target) for cell in cells]

    def _estimate(self, cell: Cell | Subject, target: Target) -> float:
        if not isinstance(cell, Cell):
            return self.costs.suite
        for_cell = msgspec.structs.replace(target, additions=_assume(self.catalogue.additions(cell)))
        if self.catalogue.not_applicable(cell, for_cell) is not None:
            return 0.0
        known = self._by_cell.get(cell)
        if known is None:
            values = self.catalogue.values(cell)
            known = max(
                self.costs.cell, *(self.costs.values.get(f"{axis}={value}", 0.0) for axis, value in values.items())
            )
            self._by_cell[cell] = known = known + (self.costs.process if self.spawns else 0.0)
        return known

    def _make_target(self, request: EnvironmentRequest) -> Target:
        """What suites would be written for, as far as that is known before the environment is resolved.

        On one system like on every other: the shares of a plan must not depend on where they are made.
        """
        minor = split_implementation(request.python)[1]
        versions = {"python": minor}
        if request.existing is not None:
            versions |= request.existing.installed
        if request.plugin != NONE:
            versions[PLUGIN] = request.plugin
        if request.existing is None:
            newest = self.releases.newest(request.client, python=minor) if request.client in CLIENTS else None
            versions[request.client] = request.client_version or (newest.version if newest else "0")
            versions["pytest"] = request.pytest or self._find_pytest(request.plugin, minor)
        return Target(platform="linux", client=request.client, versions=versions)

    def _find_pytest(self, plugin: str, python: str) -> str:
        found = self.releases.newest("pytest", python=python, as_of=self.releases.current_until(PLUGIN, plugin))
        return found.version if found else "0"


def _assume(packages: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    """These packages as what can be had beside the environment; no cell asks for a version of them."""
    return {packages: {parse_version(line).name: "0" for line in packages}} if packages else {}
