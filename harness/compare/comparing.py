"""From two sets of results to what differs between them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.headline import describe_samples
from harness.analysis.label import join_labels, label, tell_apart
from harness.compare.categories import Judge
from harness.compare.model import CellChange, ChangeKind, Comparison, PairComparison
from harness.compare.pairing import find_requested_packages, pair_up, sort_environments
from harness.compare.problems import describe_unread, find_first_problem
from harness.compare.rules import Universe, group_pair, merge_groups
from harness.compare.sides import ResultsPlace, Versions, choose_environments
from harness.compare.sources import read_recorded
from harness.errors import UsageError
from harness.store.reading import Texts, read_results
from harness.suites.suite import is_suite
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import IdentityCache, outcome_key

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from pathlib import Path

    from harness.compare.model import Group, Pair, Samples, SetAside
    from harness.compare.sides import Side
    from harness.environments.model import Environment
    from harness.store.model import Results
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

    CellValues = Callable[[str], Mapping[str, str]]
    Judged = tuple[ChangeKind, tuple[str, str]]  # and the labels of both sides
    Aside = Callable[[Pair, CellChange], SetAside | None]


class MeasuredCells:
    """The cells of each environment of one side, with their samples: environment digest → cell → samples.

    The faster to compare, the more of equal samples are one object.
    """

    def __init__(self, environments: Sequence[Environment], cells: Mapping[str, Mapping[str, Samples]]) -> None:
        self.environments = environments
        self._cells = cells

    def cells(self, environment: Environment | None) -> Mapping[str, Samples]:
        """What was measured there."""
        return self._cells.get(environment.digest, {}) if environment else {}

    def only(self, digests: Container[str]) -> MeasuredCells:
        """That of these environments."""
        return MeasuredCells([each for each in self.environments if each.digest in digests], self._cells)

    def all_cells(self) -> set[str]:
        """The cells of all environments."""
        return set().union(*(self.cells(environment) for environment in self.environments))


def select_measured(results: Results, side: Side) -> MeasuredCells:
    """The part of the results that a side names. What a run took over from another counts once."""
    whole = [run for run in results.runs if run.header.environment]
    measuring = {(run.header.environment_key, run.header.run) for run in whole}
    taken_over: set[tuple[str, str, str, int]] = set()
    cells: dict[str, dict[str, Samples]] = {}
    ones: dict[int | tuple[int, ...], Samples] = {}
    for run in whole:
        digest = run.header.environment_key
        found = cells.setdefault(digest, {})
        for outcome in run.outcomes:
            if outcome.reused_from:
                identity = (digest, outcome.reused_from, outcome.cell, outcome.sample)
                if (digest, outcome.reused_from) in measuring or identity in taken_over:
                    continue
                taken_over.add(identity)
            verdict, cell = outcome.verdict, outcome.cell
            if cell in found:
                samples = (*found[cell], verdict)
                found[cell] = ones.setdefault(tuple(map(id, samples)), samples)
            else:
                found[cell] = ones.get(id(verdict)) or ones.setdefault(id(verdict), (verdict,))
    environments = sort_environments(run.header.environment for run in results.runs if run.header.environment)
    if isinstance(side, Versions):
        environments = choose_environments(side, environments)
    return MeasuredCells(environments, cells)


class ReadSides(NamedTuple):
    """Both sides of a comparison of stored results."""

    measured: tuple[MeasuredCells, MeasuredCells]
    sources: str  # how much came from where, as far as the sides don't name it
    unread: tuple[str, ...]  # what could not be read, a line each


def read_sides(before: Side, after: Side, own: Path, baseline: Path) -> ReadSides:
    """Both sides: from the places they name, or else out of the results that are `own` and the baseline.

    Raises `UsageError` where there is nothing to compare.
    """
    texts = Texts()
    shared = None
    found = []
    unread: dict[str, None] = {}
    for side in (before, after):
        if isinstance(side, ResultsPlace):
            results = read_results(side.path, lean=True, texts=texts)
            one = select_measured(results, side)
            _require_environments(one, f"{side}", find_first_problem(side.path, results))
        else:
            shared = shared or read_recorded(own, baseline, texts=texts)
            results = shared.results
            _require_environments(
                select_measured(results, ResultsPlace(own)), " and ".join(shared.places), shared.find_problem()
            )
            one = select_measured(results, side)
        found.append(one)
        unread |= dict.fromkeys(describe_unread(results))
    digests = {each.digest for one in found for each in one.environments}
    return ReadSides((found[0], found[1]), shared.describe(digests) if shared else "", tuple(unread))


def _require_environments(found: MeasuredCells, where: str, problem: str) -> None:
    if not found.environments:
        why = f": {problem}" if problem else ""
        raise UsageError(f"There are no results of any environment in {where}{why}.", remedy="Name another place.")


class Comparer:
    """Compares cells; labels and categories of equal verdicts are found once. With `headlines`, suites have those."""

    def __init__(
        self, categories: Mapping[str, SignatureCategory], values: CellValues, *, headlines: bool = False
    ) -> None:
        self._categories = categories
        self._headlines = headlines
        self._judge = Judge(categories)
        self._values = values
        self._labels = IdentityCache(self._join_labels)
        self._known: dict[tuple[int, int], Judged] = {}
        self._alive: list[Samples] = []  # an id() in `_known` must not be used again for other samples

    def compare(self, sides: tuple[Side, Side], measures: tuple[MeasuredCells, MeasuredCells]) -> Comparison:
        """Raises `UsageError` where the two sides have no environment or no cell in common."""
        pairs = pair_up(measures[0].environments, measures[1].environments, find_requested_packages(*sides))
        comparison = self.compare_pairs(pairs, measures, (str(sides[0]), str(sides[1])))
        _require_something_in_common(comparison)
        return comparison

    def compare_pairs(
        self,
        pairs: Sequence[Pair],
        measures: tuple[MeasuredCells, MeasuredCells],
        names: tuple[str, str],
        aside: Aside = lambda _pair, _change: None,
    ) -> Comparison:
        """The comparison of these pairs. `aside` is called once for each change; it returns why one doesn't count."""
        universe = Universe(sorted(measures[0].all_cells() & measures[1].all_cells()), self._values)
        compared: list[PairComparison] = []
        groups: list[Group] = []
        for place, pair in enumerate(pairs):
            sides = measures[0].cells(pair.before), measures[1].cells(pair.after)
            done, same = self._pair(pair, universe, sides, aside)
            compared.append(done)
            groups += group_pair(place, done.changes, same, universe)
        return Comparison(before=names[0], after=names[1], pairs=tuple(compared), groups=merge_groups(groups))

    def _pair(
        self, pair: Pair, universe: Universe, sides: tuple[Mapping[str, Samples], Mapping[str, Samples]], aside: Aside
    ) -> tuple[PairComparison, dict[str, list[str]]]:
        """What became of the cells, and those that did not change by their label."""
        befores, afters = sides
        if pair.before is None or pair.after is None:
            alone = befores or afters
            return PairComparison(
                pair=pair,
                counts=((ChangeKind.MISSING, len(alone)),),
                changes=(),
                only_before=len(befores),
                only_after=len(afters),
            ), {}
        changes: list[CellChange] = []
        put_aside: list[SetAside] = []
        same: dict[str, list[str]] = {}
        counts: Counter[ChangeKind] = Counter()
        known = self._known.get
        for cell, before in befores.items():
            after = afters.get(cell)
            if after is not None:
                what, labels = known((id(before), id(after))) or self._compare(cell, before, after)
                if what is ChangeKind.SAME:
                    same.setdefault(labels[1], []).append(cell)
                else:
                    change = CellChange(cell=cell, category=what, labels=labels)
                    if (reason := aside(pair, change)) is not None:
                        put_aside.append(reason)
                        continue
                    changes.append(change)
                    counts[what] += 1
        counts[ChangeKind.SAME] = sum(map(len, same.values()))
        shared = counts.total() + len(put_aside)
        return PairComparison(
            pair=pair,
            counts=tuple((each, counts[each]) for each in ChangeKind),
            changes=tuple(changes),
            only_before=len(befores) - shared,
            only_after=len(afters) - shared,
            values=tuple(universe.totals(befores.keys() & afters.keys())),
            aside=tuple(put_aside),
        ), same

    def _compare(self, cell: str, before: Samples, after: Samples) -> Judged:
        judged = self._category(cell, before, after)
        self._alive += (before, after)
        self._known[id(before), id(after)] = judged
        return judged

    def _category(self, cell: str, before: Samples, after: Samples) -> Judged:
        what = self._judge.category(before, after)
        if self._headlines and is_suite(cell):
            return what, (describe_samples(before, self._categories), describe_samples(after, self._categories))
        labels = (self._labels(before), self._labels(after))
        if what is not ChangeKind.SAME and labels[0] == labels[1]:
            labels = self._describe_in_detail(before, after)
        return what, labels

    def _describe_in_detail(self, before: Samples, after: Samples) -> tuple[str, str]:
        """Longer texts for both sides where their labels are the same."""
        texts = tell_apart((*before, *after), self._categories)
        one, other = (
            join_labels([texts[outcome_key(each, self._categories)] for each in side]) for side in (before, after)
        )
        return one, other

    def _join_labels(self, samples: Samples) -> str:
        return join_labels([self._label(verdict) for verdict in samples])

    def _label(self, verdict: Verdict) -> str:
        text = label(verdict, self._categories)
        return f"{text}: {verdict.reason}" if verdict.status is Status.NOT_APPLICABLE else text


def _require_something_in_common(comparison: Comparison) -> None:
    if not any(one.pair.before and one.pair.after for one in comparison.pairs):
        raise UsageError(
            f"{comparison.before} and {comparison.after} have no environments that can be compared.",
            remedy="They must have a platform, a Python and a client package in common; see their headers.",
        )
    if not any(
        count for one in comparison.pairs for category, count in one.counts if category is not ChangeKind.MISSING
    ):
        raise UsageError(
            f"{comparison.before} and {comparison.after} have no cells in common.",
            remedy="Run the same cells on both sides, for instance with the same --profile or --cell.",
        )
