"""What was measured, as the page shows it: one verdict for each cell and environment, and further ones where it was
repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.columns import make_columns, version_order
from harness.catalogue.catalogue import REFERENCE
from harness.knowledge.outcomes import fails, rank_sample
from harness.packages import DEFAULT_CLIENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.columns import Column
    from harness.environments.model import Environment
    from harness.store.model import Header, Outcome, Results, Run

    Samples = tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Outcomes by column and cell. The newest run of a cell counts; the first of its samples is the worst measured."""

    columns: tuple[Column, ...]
    cells: tuple[str, ...]  # sorted
    outcomes: tuple[Mapping[str, Samples], ...]  # of each column, by cell
    headers: tuple[Header, ...]  # of the newest run of each column
    own: frozenset[int]  # columns with something of one's own runs

    def rank_release(self, place: int) -> tuple[object, ...]:
        """Sorts columns: the later release, and of one release the one that stands for it: with the client that most
        people have, and with nothing but the release asked for.
        """
        one = self.columns[place].environment
        return version_order(one.plugin), one.client == DEFAULT_CLIENT, -len(one.id.split("/")), place

    @property
    def unusable(self) -> frozenset[int]:
        """Columns in which not even the simplest suite passes, so that they say nothing of habits."""
        return frozenset(
            place
            for place, cells in enumerate(self.outcomes)
            if REFERENCE in cells and fails(cells[REFERENCE][0].verdict.status)
        )

    @property
    def environments(self) -> list[Environment]:
        """In the order of the columns."""
        return [column.environment for column in self.columns]


def select_measured_outcomes(results: Results, *, own: frozenset[str] = frozenset()) -> Measured:
    """The newest of everything. `own` are the files of one's own runs."""
    environments: dict[str, Environment] = {}
    headers: dict[str, Header] = {}
    found: dict[str, dict[str, Samples]] = {}
    mine: set[str] = set()
    for run in sorted(results.runs, key=lambda one: one.header.run):
        environment = run.header.environment
        if environment is not None and run.outcomes:
            key = environment.digest
            environments[key] = environment.add_known(environments.get(key))
            headers[key] = run.header
            found.setdefault(key, {}).update(_group_samples(run))
            if run.file in own:
                mine.add(key)
    columns = make_columns(environments.values())
    keys = [column.environment.digest for column in columns]
    return Measured(
        columns=columns,
        cells=tuple(sorted({cell for cells in found.values() for cell in cells})),
        outcomes=tuple(found[key] for key in keys),
        headers=tuple(headers[key] for key in keys),
        own=frozenset(place for place, key in enumerate(keys) if key in mine),
    )


def _group_samples(run: Run) -> dict[str, Samples]:
    """The samples of each cell, the worst first, and last what was not measured."""
    found: dict[str, Samples] = {}
    for outcome in run.outcomes:
        known = found.get(outcome.cell)
        if known is None:
            found[outcome.cell] = (outcome,)
        else:
            found[outcome.cell] = tuple(
                sorted((*known, outcome), key=lambda one: rank_sample(one.verdict.status), reverse=True)
            )
    return found
