"""The cells two changes away from another, those that are most likely to be clean first."""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import TYPE_CHECKING

from harness.catalogue.loading import find_values
from harness.knowledge.changes import list_changes
from harness.knowledge.cure_order import find_ease, gives_up
from harness.knowledge.outcomes import has_run
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.knowledge.outcomes import Outcomes

    Values = tuple[str, ...]  # of all axes, in their order

GIVEN_UP = 0.5
"""What a likelihood is multiplied by for each change that gives up something: the others are tried first."""


def list_pairs(catalogue: Catalogue, cell: Cell) -> Iterator[Cell]:
    """The cells that differ from it in the values of two axes and that one can write down."""
    values = catalogue.values(cell)
    for axes in combinations(catalogue.value_names, 2):
        one, other = axes
        for first in catalogue.value_names[one]:
            for second in catalogue.value_names[other]:
                if first != values[one] and second != values[other]:
                    found = catalogue.cell(values | {one: first, other: second})
                    if catalogue.excluded(found) is None:
                        yield found


class Likelihood:
    """How likely a cell is to be clean in an environment.

    That is known where it was measured there. Otherwise it is the share of the environments in which it was clean; of
    a cell that was measured nowhere, the share of the cells one change away that are clean in the environment most
    like this one, and without any of those, what the values have by themselves.
    """

    def __init__(self, outcomes: Outcomes, environment: str, nearest: str) -> None:
        self._outcomes = outcomes
        self._environment = environment
        self._shares = outcomes.find_clean_shares(nearest)
        self._statuses: dict[Values, Status] = {
            tuple(find_values(cell).values()): one.verdict.status
            for cell, one in outcomes.outcomes(nearest).items()
            if find_values(cell) and has_run(one.verdict.status)
        }

    def estimate(self, cell: str, choices: Mapping[str, Collection[str]]) -> float:
        """From 0 to 1. `choices` are all values of each axis."""
        known = self._outcomes.verdict(cell, self._environment)
        if known is not None:
            return float(known.status is Status.CLEAN)
        elsewhere = [
            verdict.status
            for key in self._outcomes.environments
            if (verdict := self._outcomes.verdict(cell, key)) is not None and has_run(verdict.status)
        ]
        values = find_values(cell)
        seen = elsewhere or self._list_around(tuple(values.values()), choices)
        if seen:
            return sum(status is Status.CLEAN for status in seen) / len(seen)
        return prod(self._shares.get(item, 0.0) for item in values.items())

    def _list_around(self, values: Values, choices: Mapping[str, Collection[str]]) -> list[Status]:
        around = (
            (*values[:place], value, *values[place + 1 :])
            for place, names in enumerate(choices.values())
            for value in names
        )
        return [self._statuses[one] for one in around if one in self._statuses]


def sort_by_likelihood(
    catalogue: Catalogue, cell: Cell, others: Collection[Cell], likelihood: Likelihood
) -> list[Cell]:
    """The most likely first; of those as likely, the ones that people come to most easily."""
    values = catalogue.values(cell)

    def make_key(other: Cell) -> tuple[object, ...]:
        changes = list_changes(values, catalogue.values(other))
        share = likelihood.estimate(other.id, catalogue.value_names)
        return -share * GIVEN_UP ** sum(map(gives_up, changes)), sum(map(find_ease, changes)), changes

    return sorted(others, key=make_key)
