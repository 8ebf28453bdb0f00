"""Medians, quartiles and ratios."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.model import Ratio, Series, Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BASE = "plain"
"""The contender that the others are compared with."""

PASSING = "all that pass"
FAILING = "all that fail"
ALL = "all"
GROUPS = (PASSING, FAILING, ALL)


def find_spread(values: Sequence[float]) -> Spread:
    """Where the values lie. Raises `statistics.StatisticsError` when there are none."""
    median = statistics.median(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [median] * 3
    return Spread(median=median, low=low, high=high, least=min(values), most=max(values))


def find_ratios(series: Iterable[Series]) -> tuple[Ratio, ...]:
    """Of each environment: the ratios of each cell, of those that pass, of those that fail, and of all together."""
    environments: dict[str, list[Series]] = {}
    for one in series:
        environments.setdefault(one.environment, []).append(one)
    return tuple(
        find_ratio(group, cells, contender, of_environment)
        for of_environment in environments.values()
        for contender in dict.fromkeys(one.contender for one in of_environment if one.contender != BASE)
        for group, cells in _group(of_environment)
    )


def find_ratio(group: str, cells: Sequence[str], contender: str, series: Sequence[Series]) -> Ratio:
    """The ratio for these cells of one environment: in each round, when both met the same machine, of their sums."""
    base, other = _sum_up(series, cells, BASE), _sum_up(series, cells, contender)
    return Ratio(
        environment=series[0].environment,
        group=group,
        cells=len(cells),
        contender=contender,
        times=find_spread([one / another for one, another in zip(base, other, strict=True)]),
    )


def _group(series: Sequence[Series]) -> Iterator[tuple[str, list[str]]]:
    exit_codes = {one.cell: one.course.exit_code for one in series}
    for cell in exit_codes:
        yield cell, [cell]
    passing = [cell for cell, code in exit_codes.items() if code == 0]
    failing = [cell for cell, code in exit_codes.items() if code != 0]
    for group, cells in ((PASSING, passing), (FAILING, failing)):
        if cells:
            yield group, cells
    yield ALL, [*passing, *failing]


def _sum_up(series: Sequence[Series], cells: Sequence[str], contender: str) -> list[float]:
    """CPU of all these cells in each round."""
    chosen = [one.samples for one in series if one.contender == contender and one.cell in cells]
    return [sum(sample.cpu for sample in samples) for samples in zip(*chosen, strict=True)]
