"""From two sets of results to what differs between them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.label import joined, label
from harness.comparison.categories import Judge
from harness.comparison.grouping import Universe, group_pair, merged
from harness.comparison.model import Category, Change, Compared, Comparison
from harness.comparison.pairing import asked_for, named, pair_up
from harness.comparison.sides import Place, Versions, chosen
from harness.errors import UsageError
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from harness.comparison.model import Group, Pair, Samples
    from harness.comparison.sides import Side
    from harness.environments.model import Environment
    from harness.store.model import Results
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import Category as SignatureCategory

    CellValues = Callable[[str], Mapping[str, str]]


class Measured:
    """The cells of each environment of one side, with their samples: environment digest → cell → samples."""

    def __init__(self, environments: Sequence[Environment], cells: Mapping[str, Mapping[str, Samples]]) -> None:
        self.environments = environments
        self._cells = cells

    def cells(self, environment: Environment | None) -> Mapping[str, Samples]:
        """What was measured there."""
        return self._cells.get(environment.digest, {}) if environment else {}

    def all_cells(self) -> set[str]:
        """The cells of all environments."""
        return set().union(*(self.cells(environment) for environment in self.environments))


def measured(results: Results, side: Side) -> Measured:
    """The part of the results that a side names. What a run took over from another counts once."""
    whole = [run for run in results.runs if run.header.environment]
    measuring = {(run.header.environment_key, run.header.run) for run in whole}
    taken_over: set[tuple[str, str, str, int]] = set()
    cells: dict[str, dict[str, Samples]] = {}
    for run in whole:
        digest = run.header.environment_key
        found = cells.setdefault(digest, {})
        for outcome in run.outcomes:
            if outcome.reused_from:
                identity = (digest, outcome.reused_from, outcome.cell, outcome.sample)
                if (digest, outcome.reused_from) in measuring or identity in taken_over:
                    continue
                taken_over.add(identity)
            found[outcome.cell] = (*found.get(outcome.cell, ()), outcome.verdict)
    environments = named(run.header.environment for run in results.runs if run.header.environment)
    if isinstance(side, Versions):
        environments = chosen(side, environments)
    return Measured(environments, cells)


def read_sides(before: Side, after: Side, folders: Sequence[Path]) -> tuple[Measured, Measured]:
    """Both sides: from the places they name, or else out of the results in `folders`.

    Raises `UsageError` where there is nothing to compare.
    """
    shared = None
    found = []
    for side in (before, after):
        if isinstance(side, Place):
            found.append(measured(read_results(side.path, lean=True), side))
        else:
            shared = shared or read_results(*folders, lean=True)
            found.append(measured(shared, side))
    for side, one in zip((before, after), found, strict=True):
        if not one.environments:
            raise UsageError(f"There are no results of any environment in {side}.", remedy="Name another place.")
    return found[0], found[1]


class Comparer:
    """Compares cells; labels and categories of equal verdicts are found once."""

    def __init__(self, categories: Mapping[str, SignatureCategory], values: CellValues) -> None:
        self._categories = categories
        self._judge = Judge(categories)
        self._values = values
        self._known: dict[tuple[int, ...], tuple[Category, tuple[str, str]]] = {}
        self._alive: list[Samples] = []  # an id() in `_known` must not be used again for another verdict

    def compare(self, sides: tuple[Side, Side], measures: tuple[Measured, Measured]) -> Comparison:
        """Raises `UsageError` where the two sides have no environment or no cell in common."""
        pairs = pair_up(measures[0].environments, measures[1].environments, asked_for(*sides))
        universe = Universe(sorted(measures[0].all_cells() & measures[1].all_cells()), self._values)
        compared: list[Compared] = []
        groups: list[Group] = []
        for place, pair in enumerate(pairs):
            done, same = self._pair(pair, universe, measures[0].cells(pair.before), measures[1].cells(pair.after))
            compared.append(done)
            groups += group_pair(place, done.changes, same, universe)
        comparison = Comparison(before=str(sides[0]), after=str(sides[1]), pairs=tuple(compared), groups=merged(groups))
        _require_something_in_common(comparison)
        return comparison

    def _pair(
        self, pair: Pair, universe: Universe, befores: Mapping[str, Samples], afters: Mapping[str, Samples]
    ) -> tuple[Compared, dict[str, str]]:
        """What became of the cells, and the cells that did not change with their label."""
        if pair.before is None or pair.after is None:
            alone = befores or afters
            return Compared(
                pair=pair,
                counts=((Category.MISSING, len(alone)),),
                changes=(),
                only_before=len(befores),
                only_after=len(afters),
            ), {}
        changes: list[Change] = []
        same: dict[str, str] = {}
        counts: Counter[Category] = Counter()
        for cell, before in befores.items():
            after = afters.get(cell)
            if after is not None:
                what, said = self._judged(before, after)
                counts[what] += 1
                if what is Category.SAME:
                    same[cell] = said[1]
                else:
                    changes.append(Change(cell=cell, category=what, said=said))
        shared = counts.total()
        return Compared(
            pair=pair,
            counts=tuple((each, counts[each]) for each in Category),
            changes=tuple(changes),
            only_before=len(befores) - shared,
            only_after=len(afters) - shared,
            values=tuple(universe.totals(befores.keys() & afters.keys())),
        ), same

    def _judged(self, before: Samples, after: Samples) -> tuple[Category, tuple[str, str]]:
        key = (*map(id, before), 0, *map(id, after))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._category(before, after)
            self._alive += (before, after)
        return known

    def _category(self, before: Samples, after: Samples) -> tuple[Category, tuple[str, str]]:
        what = self._judge.category(before, after)
        said = (self._said(before), self._said(after))
        if what is not Category.SAME and said[0] == said[1]:
            said = (self._judge.in_full(before[0]), self._judge.in_full(after[0]))
        return what, said

    def _said(self, samples: Samples) -> str:
        return joined([self._label(verdict) for verdict in samples])

    def _label(self, verdict: Verdict) -> str:
        said = label(verdict, self._categories)
        return f"{said}: {verdict.reason}" if verdict.status is Status.NOT_APPLICABLE else said


def _require_something_in_common(comparison: Comparison) -> None:
    if not any(one.pair.before and one.pair.after for one in comparison.pairs):
        raise UsageError(
            f"{comparison.before} and {comparison.after} have no environments that can be compared.",
            remedy="They must have a platform, a Python and a client package in common; see their headers.",
        )
    if not any(count for one in comparison.pairs for category, count in one.counts if category is not Category.MISSING):
        raise UsageError(
            f"{comparison.before} and {comparison.after} have no cells in common.",
            remedy="Run the same cells on both sides, for instance with the same --profile or --cell.",
        )
