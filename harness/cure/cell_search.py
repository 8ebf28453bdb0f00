"""Finding a cell's nearest cures by running what isn't measured yet."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, Protocol

import msgspec

from harness.catalogue.loading import find_values
from harness.catalogue.unstable import find_why_unstable
from harness.cure.neighbours import Likelihood, list_pairs, sort_by_likelihood
from harness.knowledge.changes import count_changes, list_changes, list_neighbours
from harness.knowledge.code import render_suite
from harness.knowledge.cure_order import choose_cures, make_order, measure_level
from harness.knowledge.cures import FARTHEST, find_version_cures, is_curable, make_cure
from harness.knowledge.outcomes import BETTER, Outcomes, has_run, rank, rank_sample
from harness.knowledge.readers import find_nearest
from harness.pipeline.cells import make_target
from harness.store.model import Results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.catalogue.target import Target
    from harness.environments.model import Environment, EnvironmentRequest
    from harness.knowledge.model import Cure
    from harness.store.model import Outcome
    from harness.verdicts.model import Verdict

MOST = 3
"""Cures that are named."""

BATCHES = (24, 48, 96)
"""Cells two changes away that are run before it is looked whether one is clean; later batches are like the last."""


class MeasuresCells(Protocol):
    """Runs cells, as `CellMeasurer` does."""

    @property
    def fresh(self) -> bool:
        """Whether all is run, also what earlier runs measured."""
        ...

    def measure(
        self, cells: Iterable[Cell], requests: Sequence[EnvironmentRequest], *, new_process: bool = False
    ) -> Results:
        """What each cell shows in each environment."""
        ...


@dataclass(frozen=True, kw_only=True)
class CurePlace:
    """An environment in which the cell is to be cured."""

    request: EnvironmentRequest
    environment: Environment

    @property
    def key(self) -> str:
        """By which outcomes are found."""
        return self.environment.digest

    @property
    def target(self) -> Target:
        """What suites are written for there."""
        return make_target(self.environment)


@dataclass(frozen=True, kw_only=True)
class ProvenCure:
    """A cure with what a new process showed of it in each of the places, in their order."""

    cure: Cure
    proofs: tuple[Outcome, ...]
    cured: tuple[bool, ...]  # in which of them it is better, or as clean as it was

    @property
    def is_complete(self) -> bool:
        """Whether it cures in all of the places."""
        return all(self.cured)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What was run with as many changes: how many cells showed each status at the worst, and how many weren't run."""

    changes: int
    statuses: Counter[Status]
    inexpressible: int
    known: int = 0  # not run, as they were measured before and not clean
    left: int = 0  # not run, as something was found before or time was up


@dataclass(frozen=True, kw_only=True)
class CellCures:
    """What came of the search."""

    cell: Cell
    places: tuple[CurePlace, ...]
    before: tuple[Outcome, ...]  # what the cell itself shows, in each of the places
    cures: tuple[ProvenCure, ...] = ()
    versions: tuple[Cure, ...] = ()  # other versions on which it is better as it is; measured before
    tried: tuple[Tried, ...] = ()
    unstable: tuple[str, ...] = ()  # cells that seemed to be cures and showed something worse in a new process
    out_of_time: bool = False

    @property
    def needs_cure(self) -> bool:
        """Whether it isn't clean in one of the places."""
        return any(is_curable(one.verdict.status) for one in self.before)


@dataclass(kw_only=True)
class CellSearch:
    """Looks one change away, and then two, until something is clean in all of the places.

    What is recorded counts as if it was just measured, but whatever is named as a cure in the end ran in a new process.
    """

    measurer: MeasuresCells
    catalogue: Catalogue
    cell: Cell
    places: tuple[CurePlace, ...]
    recorded: Results
    deadline: float  # of `time.monotonic`
    _measured: list[Results] = field(default_factory=list)

    def run(self) -> CellCures:
        """All that there is to know. Raises `NotMeasuredError` where the server or the machine failed."""
        before = self._measure([self.cell], self.places)[self.cell.id]
        found = CellCures(cell=self.cell, places=self.places, before=before)
        if not found.needs_cure:
            return found
        tried = [self._try_neighbours()]
        if not self._finds_clean():
            tried.append(self._try_pairs())
        cures, unstable = self._prove(before)
        return CellCures(
            cell=self.cell,
            places=self.places,
            before=before,
            cures=cures,
            versions=self._find_versions(),
            tried=tuple(tried),
            unstable=unstable,
            out_of_time=time.monotonic() > self.deadline,
        )

    def _know(self) -> Outcomes:
        """All that is known by now."""
        runs = (run for results in (self.recorded, *self._measured) for run in results.runs)
        return Outcomes(Results(runs=tuple(runs)))

    def _measure(
        self, cells: Iterable[Cell], places: Sequence[CurePlace], *, new_process: bool = False
    ) -> dict[str, tuple[Outcome, ...]]:
        """What each of the cells shows in each of the places, by its id."""
        chosen = tuple(cells)
        results = self.measurer.measure(chosen, [one.request for one in places], new_process=new_process)
        self._measured.append(results)
        found = {
            (outcome.cell, run.header.environment_key): outcome for run in results.runs for outcome in run.outcomes
        }
        return {cell.id: tuple(found[cell.id, place.key] for place in places) for cell in chosen}

    def _try_neighbours(self) -> Tried:
        """Run all that is one change away."""
        neighbours = list_neighbours(self.catalogue, self.cell)
        there = [one for one in neighbours if any(self._is_expressible(one, place) for place in self.places)]
        shown = self._measure(there, self.places)
        return Tried(changes=1, statuses=_count_worst(shown.values()), inexpressible=len(neighbours) - len(there))

    def _finds_clean(self) -> bool:
        """Whether a neighbour is clean in all of the places."""
        known = self._know()
        return any(
            all(_is_clean(known.verdict(one.id, place.key)) for place in self.places)
            for one in list_neighbours(self.catalogue, self.cell)
        )

    def _try_pairs(self) -> Tried:
        """Run what is two changes away until something is clean or time is up, the likeliest first.

        What is recorded as not clean isn't run, unless all is to be fresh. Only what is clean in the first of the
        places is run in the others.
        """
        first, *others = self.places
        known = Outcomes(self.recorded)
        pairs = list(list_pairs(self.catalogue, self.cell))
        there = [one for one in pairs if all(self._is_expressible(one, place) for place in self.places)]
        unknown = [one for one in there if self._may_be_clean(known.verdict(one.id, first.key))]
        likelihood = Likelihood(known, first.key, find_nearest(known, first.environment))
        left = sort_by_likelihood(self.catalogue, self.cell, unknown, likelihood)
        shown: dict[str, tuple[Outcome, ...]] = {}
        good: list[Cell] = []
        sizes = chain(BATCHES, repeat(BATCHES[-1]))
        while left and not good and time.monotonic() < self.deadline:
            size = next(sizes)
            batch, left = left[:size], left[size:]
            here = self._measure(batch, [first])
            shown |= here
            good = [one for one in batch if _are_clean(here[one.id])]
            if good and others:
                elsewhere = self._measure(good, others)
                shown |= {cell: (*here[cell], *outcomes) for cell, outcomes in elsewhere.items()}
                good = [one for one in good if _are_clean(shown[one.id])]
        return Tried(
            changes=2,
            statuses=_count_worst(shown.values()),
            inexpressible=len(pairs) - len(there),
            known=len(there) - len(unknown),
            left=len(left),
        )

    def _is_expressible(self, cell: Cell, place: CurePlace) -> bool:
        return self.catalogue.not_applicable(cell, place.target) is None

    def _may_be_clean(self, recorded: Verdict | None) -> bool:
        return recorded is None or self.measurer.fresh or _is_clean(recorded)

    def _prove(self, before: Sequence[Outcome]) -> tuple[tuple[ProvenCure, ...], tuple[str, ...]]:
        """The nearest cures, each run in a new process, and the cells that showed something worse there."""
        unstable: list[str] = []
        while chosen := self._choose(before, unstable):
            shown = self._measure(
                map(self.catalogue.parse, (one.cell for one in chosen)), self.places, new_process=True
            )
            proven = [self._judge(before, one, shown[one.cell]) for one in chosen]
            worse = [one.cell for one, proof in zip(chosen, proven, strict=True) if proof is None]
            if not worse:
                return tuple(filter(None, proven)), tuple(unstable)
            unstable += worse
        return (), tuple(unstable)

    def _judge(self, before: Sequence[Outcome], expected: Cure, proofs: tuple[Outcome, ...]) -> ProvenCure | None:
        """The cure with its proofs; None where they show less than was expected of it."""
        cured = _find_cured([one.verdict for one in before], [one.verdict for one in proofs])
        status = _find_status([one.verdict for one in proofs], cured)
        if not any(cured) or rank(status) > rank(expected.status):
            return None
        return ProvenCure(cure=expected, proofs=proofs, cured=cured)

    def _choose(self, before: Sequence[Outcome], without: Collection[str]) -> tuple[Cure, ...]:
        """The nearest of all that is known. Only where nothing cures in all places, what cures in most of them."""
        known = self._know()
        by_number: dict[int, list[Cure]] = {}
        for number, cure in self._list_candidates(known, [one.verdict for one in before], without):
            by_number.setdefault(number, []).append(cure)
        if not by_number:
            return ()
        order = make_order(known, self.catalogue, self.places[0].key)
        target = self.places[0].target
        return choose_cures(
            sorted(by_number[max(by_number)], key=measure_level),
            order,
            MOST,
            write=lambda one: render_suite(self.catalogue, self.catalogue.parse(one.cell), target),
        )

    def _list_candidates(
        self, known: Outcomes, before: Sequence[Verdict], without: Collection[str]
    ) -> Iterator[tuple[int, Cure]]:
        """All that cures somewhere, harms nowhere and is near enough, with the number of places it cures in."""
        values = self.catalogue.values(self.cell)
        unstable = find_why_unstable(self.catalogue)
        for cell in known.outcomes(self.places[0].key):
            other = find_values(cell)
            if not other or not 0 < count_changes(values, other) <= FARTHEST or cell in without or unstable(cell):
                continue
            after = [known.verdict(cell, place.key) for place in self.places]
            cured = _find_cured(before, after)
            if any(cured):
                yield sum(cured), self._make_cure(known, cell, after, cured)

    def _make_cure(self, known: Outcomes, cell: str, after: Sequence[Verdict | None], cured: Sequence[bool]) -> Cure:
        """With what it leads to at the worst, where it cures."""
        status = _find_status(after, cured)
        place = next(number for number, one in enumerate(after) if one and cured[number] and one.status is status)
        changes = list_changes(self.catalogue.values(self.cell), find_values(cell))
        return make_cure(known, changes, cell, self.places[place].key)

    def _find_versions(self) -> tuple[Cure, ...]:
        """Other versions on which the cell is better as it is; none where several were asked for."""
        if len(self.places) > 1:
            return ()
        known = self._know()
        return tuple(
            msgspec.structs.replace(cure, evidence=_find_evidence(known, cure))
            for cure in find_version_cures(known, self.catalogue, self.cell, self.places[0].key, MOST)
        )


def _find_evidence(known: Outcomes, cure: Cure) -> str:
    keys = (key for key, environment in known.environments.items() if environment.id == cure.environment)
    found = (known.outcome(cure.cell, key) for key in keys)
    return next((known.find_evidence(one) for one in found if one and cure.run in (one.run, one.reused_from)), "")


def _find_cured(before: Sequence[Verdict], after: Sequence[Verdict | None]) -> tuple[bool, ...]:
    """In which places it is better, or as clean as it was; in none, where it harms one."""
    pairs = list(zip(before, after, strict=True))
    if any(now is not None and rank(now.status) > rank(then.status) and has_run(now.status) for then, now in pairs):
        return (False,) * len(pairs)
    return tuple(
        now is not None and now.status in BETTER and (rank(now.status) < rank(then.status) or _is_clean(now))
        for then, now in pairs
    )


def _find_status(after: Sequence[Verdict | None], cured: Sequence[bool]) -> Status:
    """The worst of the places where it cures."""
    found = [one.status for one, good in zip(after, cured, strict=True) if good and one is not None]
    return max(found, key=rank, default=Status.FAILS)


def _are_clean(outcomes: Iterable[Outcome]) -> bool:
    """Whether each was measured and is clean."""
    return all(one.verdict.status is Status.CLEAN for one in outcomes)


def _find_worst(outcomes: Iterable[Outcome]) -> Status:
    """Of those that were measured, if any was."""
    return max((one.verdict.status for one in outcomes), key=rank_sample)


def _count_worst(shown: Iterable[tuple[Outcome, ...]]) -> Counter[Status]:
    return Counter(map(_find_worst, shown))


def _is_clean(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.status is Status.CLEAN
