"""What a run will do: its cells in its environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.cell import Cell
from harness.environments.model import EnvironmentRequest
from harness.planning.environments import plan_requests
from harness.planning.shard import RecordedShard
from harness.suites.environments import collect_notes, share_out
from harness.suites.pythons import fit_interpreters
from harness.suites.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.cli.fields import RunOptions
    from harness.environments.model import Interpreter
    from harness.environments.releases import Releases
    from harness.suites.suite import Suite


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run will do: the cells of each environment, `repeat` times."""

    cells: tuple[Cell | Subject, ...]  # in the order in which they start
    requests: tuple[EnvironmentRequest, ...]
    repeat: int
    profile: str
    cells_by_request: dict[
        EnvironmentRequest, frozenset[Cell | Subject]
    ] = {}  # where not all of the cells run: those that do
    notes: tuple[str, ...] = ()  # printed before the run starts
    shard: RecordedShard | None = None  # which part of a larger plan it is
    samples: tuple[int, ...] = ()  # the runs of each cell, where not all of `repeat` are to be made

    def list_samples(self) -> tuple[int, ...]:
        """The numbers of a cell's runs."""
        return self.samples or tuple(range(self.repeat))

    def cells_in(self, request: EnvironmentRequest) -> tuple[Cell | Subject, ...]:
        """The cells of one environment."""
        chosen = self.cells_by_request.get(request)
        return self.cells if chosen is None else tuple(cell for cell in self.cells if cell in chosen)

    def narrow(self, chosen: Mapping[EnvironmentRequest, frozenset[Cell | Subject]]) -> Plan:
        """The same with these cells of these environments alone. One without any is left out."""
        kept = {request: chosen[request] for request in self.requests if chosen.get(request)}
        return msgspec.structs.replace(
            self,
            requests=tuple(kept),
            cells=tuple(cell for cell in self.cells if any(cell in some for some in kept.values())),
            cells_by_request=kept,
        )

    @property
    def runs(self) -> int:
        """How many runs of a cell that is, as long as every cell can be expressed everywhere."""
        return sum(len(self.cells_in(request)) for request in self.requests) * self.repeat


def plan_run(
    options: RunOptions,
    cells: tuple[Cell | Suite, ...],
    interpreters: Sequence[Interpreter],
    releases: Releases,
    *,
    repeat: int = 1,
) -> Plan:
    """These cells, chosen by `plan_cells`, in the environments that `plan_requests` says.

    The cells of the catalogue run in every environment, and so does a suite of one's own, in one that also has what
    the suite needs.
    """
    requests = plan_requests(options, interpreters, releases)
    suites = [cell for cell in cells if not isinstance(cell, Cell)]
    shares: dict[EnvironmentRequest, frozenset[Cell | Subject]] = {}
    if suites:
        of_catalogue = tuple(cell for cell in cells if isinstance(cell, Cell))
        shares = share_out(
            dict.fromkeys(requests, of_catalogue),
            {suite: _list_requests(options, suite, interpreters, releases) for suite in suites},
        )
        requests = tuple(shares)
    return Plan(
        cells=cells,
        requests=requests,
        repeat=repeat,
        profile=options.profile,
        cells_by_request=shares,
        notes=collect_notes(suites, requests),
    )


def _list_requests(
    options: RunOptions, suite: Suite, interpreters: Sequence[Interpreter], releases: Releases
) -> Iterable[EnvironmentRequest]:
    """The environments for a suite: where no Python is named, with those that its project supports."""
    fit = () if options.python_versions else fit_interpreters(suite.needed.python, interpreters)
    return plan_requests(options, fit or interpreters, releases)
