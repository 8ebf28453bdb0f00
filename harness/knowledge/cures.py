"""The nearest cures of a cell, from what was measured: the fewest changes that lead to a better outcome.

Changes are other values of axes, and other versions. `harness.knowledge.cure_order` says in which order they come.
"""

from __future__ import annotations

from functools import cache
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.label import label
from harness.catalogue.loading import find_values
from harness.catalogue.unstable import find_why_unstable
from harness.knowledge.changes import (
    is_version,
    list_changes,
    list_neighbours,
    list_version_changes,
)
from harness.knowledge.code import render_suite
from harness.knowledge.cure_order import FURTHER, choose_cures, is_near, make_order, measure_changes
from harness.knowledge.distances import list_near
from harness.knowledge.model import Change, Cure
from harness.knowledge.outcomes import BETTER, rank
from harness.pipeline.cells import make_target
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.knowledge.outcomes import Outcomes

    _Lister = Callable[[Outcomes, Catalogue, Cell, str, Sequence[Status]], Iterable["BetterCell"]]

FARTHEST = 3
"""Changes of a cure at most. With more, it would be another suite."""

_CURABLE = frozenset({Status.REPRODUCES, Status.FAILS, Status.LEAKS, Status.WARNS})


class BetterCell(NamedTuple):
    """What is better, and how one gets there."""

    level: tuple[int, int]  # the rank of its status and the size of the changes, as `cure_order.measure_level` has it
    changes: tuple[Change, ...]
    cell: str
    environment: str


_get_level = attrgetter("level")


def find_cures(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, most: int = 3
) -> tuple[Cure, ...]:
    """The nearest measured cures of a cell in the environment with this key, the best first.

    None for a cell that is clean there or can't be expressed there. A cell that wasn't measured there counts as one
    that isn't clean.
    """
    return _choose_better(outcomes, catalogue, cell, environment, using=_list_candidates, most=most)


def find_habit_cures(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, most: int = 3
) -> tuple[Cure, ...]:
    """Those among them that change no version."""
    return _choose_better(outcomes, catalogue, cell, environment, using=_list_here, most=most)


def find_version_cures(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, most: int = 3
) -> tuple[Cure, ...]:
    """Those among them that change nothing but versions."""
    return _choose_better(outcomes, catalogue, cell, environment, using=_list_versions, most=most)


def _choose_better(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, *, using: _Lister, most: int
) -> tuple[Cure, ...]:
    verdict = outcomes.verdict(cell.id, environment)
    if environment not in outcomes or (verdict is not None and not is_curable(verdict.status)):
        return ()
    better = BETTER if verdict is None else tuple(one for one in BETTER if rank(one) < rank(verdict.status))
    candidates = using(outcomes, catalogue, cell, environment, better)
    near = _select_near(catalogue, candidates)
    found = (make_cure(outcomes, one.changes, one.cell, one.environment) for one in near)
    target = make_target(outcomes.environments[environment])

    def write(cure: Cure) -> object:
        if any(map(is_version, cure.changes)):
            return cure.changes
        return render_suite(catalogue, catalogue.parse(cure.cell), target)

    return choose_cures(found, make_order(outcomes, catalogue, environment), most, write=write)


def _select_near(catalogue: Catalogue, candidates: Iterable[BetterCell]) -> Iterator[BetterCell]:
    """The stable ones of which some may be wanted, of those that are in order of their levels."""
    best: tuple[int, int] | None = None
    for one in candidates:
        if best is not None and best[1] == 1 and one.level > (best[0], 1 + FURTHER):
            return  # nothing is smaller
        if (best is None or is_near(one.level, best, one.changes)) and not _is_unstable(catalogue, one.cell):
            best = best or one.level
            yield one


@cache
def _is_unstable(catalogue: Catalogue, cell: str) -> bool:
    return bool(_find_why_unstable(catalogue)(cell))


_find_why_unstable = cache(find_why_unstable)


def make_cure(outcomes: Outcomes, changes: Iterable[Change], cell: str, environment: str) -> Cure:
    """A cure with what was measured of it. Its evidence isn't looked up, which takes reading a file again."""
    outcome = outcomes.outcome(cell, environment)
    assert outcome is not None, "a cure was measured"
    places = outcomes.find_places(cell, outcome.verdict.status, outcomes.environments[environment].client)
    return Cure(
        changes=tuple(changes),
        cell=cell,
        environment=outcome.environment,
        status=outcome.verdict.status,
        label=label(outcome.verdict, load_categories()),
        releases=places.releases,
        systems=places.systems,
        run=outcome.reused_from or outcome.run,
    )


def _list_candidates(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, better: Sequence[Status]
) -> Iterable[BetterCell]:
    """All that is better and near enough, in order of levels."""
    values = catalogue.values(cell)
    others = {one.id: list_changes(values, catalogue.values(one)) for one in list_neighbours(catalogue, cell)}
    elsewhere = _list_elsewhere(outcomes, others | {cell.id: ()}, environment, better)
    return merge(_list_here(outcomes, catalogue, cell, environment, better), elsewhere, key=_get_level)


def _list_here(
    outcomes: Outcomes, catalogue: Catalogue, cell: Cell, environment: str, better: Sequence[Status]
) -> Iterator[BetterCell]:
    """The changes are listed as they are asked for: there are hundreds of cells, and the first few are enough."""
    values = catalogue.values(cell)
    for status in better:
        for size, other in list_near(cell.id, outcomes.list_cells(environment, status), FARTHEST):
            yield BetterCell((rank(status), size), list_changes(values, find_values(other)), other, environment)


def _list_versions(
    outcomes: Outcomes, _: Catalogue, cell: Cell, environment: str, better: Sequence[Status]
) -> list[BetterCell]:
    return _list_elsewhere(outcomes, {cell.id: ()}, environment, better)


def _list_elsewhere(
    outcomes: Outcomes, cells: Mapping[str, tuple[Change, ...]], environment: str, better: Sequence[Status]
) -> list[BetterCell]:
    """Those of the cells that are better with other versions, in order of levels."""
    found = []
    for place, versions in find_other_versions(outcomes, environment).items():
        for cell, changes in cells.items():
            verdict = outcomes.verdict(cell, place)
            if verdict is not None and verdict.status in better and len(changes) + len(versions) <= FARTHEST:
                level = rank(verdict.status), measure_changes((*changes, *versions))
                found.append(BetterCell(level, (*changes, *versions), cell, place))
    return sorted(found, key=_get_level)


def is_curable(status: Status) -> bool:
    """Whether a suite with this status ran and wasn't clean."""
    return status in _CURABLE


def find_other_versions(outcomes: Outcomes, environment: str) -> dict[str, tuple[Change, ...]]:
    """The measured environments of the same system that differ from this one in versions one can ask for, and these."""
    here = outcomes.environments[environment]
    found = {key: list_version_changes(here, other) for key, other in outcomes.environments.items()}
    return {key: changes for key, changes in found.items() if changes}
