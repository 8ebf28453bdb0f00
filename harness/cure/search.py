"""Looking for the changes that cure a suite: single ones first, the smallest first, then pairs of those that help.

A change that seems to cure is proven at once: run again, in every environment that was asked for.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

from harness.cure.model import CandidateKind
from harness.cure.patches import list_changed_lines
from harness.cure.proving import KEYS, CureJudgement, JudgementState, OriginalRuns, find_worst, judge_all
from harness.cure.trials import Variant, make_variant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from harness.cure.model import Candidate, Content
    from harness.cure.proving import SeenRun
    from harness.environments.model import EnvironmentRequest

LEAST_RUNS = 3
"""Of a cure, in each environment: the one that found it, and two more."""

MOST_CURES = 3
"""After which the search ends."""

BATCH = 4
"""Variants that run in one plan, for each that can run at a time; fewer, where a suite is slow."""

BATCH_SECONDS = 10.0
"""In which a plan should be done, so that what it shows is seen soon."""

CONTROL_RUNS = 8
"""Of the suite as it is, before anything is called a cure: what fails now and then may have failed by luck twice."""

CONTROL_SECONDS = 30.0
"""That it takes at most, unless a suite is slow."""

PROMISING = 10
"""Changes that pairs are made of, each with every other one."""

KINDS = tuple(CandidateKind)


class VariantRunner(Protocol):
    """Runs variants of a suite."""

    def run(
        self, variants: Sequence[Variant], requests: Sequence[EnvironmentRequest], *, repeat: int = 1
    ) -> Mapping[str, Mapping[EnvironmentRequest, Sequence[SeenRun]]]:
        """What was seen of each variant, by its name, in each environment."""
        ...


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A variant that was tried, with the worst of what its runs showed."""

    variant: Variant
    judgement: CureJudgement
    runs: int = 1  # in each environment
    proven: bool = False

    @property
    def is_unproven(self) -> bool:
        """Whether it cured the suite once, and wasn't run again, since enough others were proven."""
        return self.judgement.state is JudgementState.CURES and not self.proven


@dataclass(kw_only=True)
class Findings:
    """What a search has come to so far, in the order in which it was tried."""

    attempts: list[Attempt] = field(default_factory=list)
    out_of_time: bool = False
    interrupted: bool = False

    @property
    def cures(self) -> list[Attempt]:
        """Those that are proven, the best first; those that leave something come last."""
        found = (one for one in self.attempts if one.proven)
        return sorted(found, key=lambda one: (bool(one.judgement.unseen), rank(one)))

    @property
    def partial(self) -> list[Attempt]:
        """Those that cure but leave something, the best first."""
        found = (one for one in self.attempts if one.judgement.state is JudgementState.LEAVES)
        return sorted(found, key=rank)


Rank = tuple[int, int, int, int, str]


def rank(attempt: Attempt) -> Rank:
    """Sorts the best cure first: few changes, much that passes, few lines, a kind that is preferred."""
    return rank_variant(attempt.variant, attempt.judgement.repaired)


def rank_variant(variant: Variant, repaired: int = 0) -> Rank:
    """The same for what isn't tried yet. A version comes after all changes of the suite."""
    kinds = [KINDS.index(one.kind) for one in variant.candidates]
    return len(variant.versions), len(kinds), -repaired, variant.lines, f"{max(kinds, default=0)}{variant.name}"


def _rank_untried(variant: Variant) -> tuple[int, int]:
    """Few lines first, as what is likelier comes before among equals."""
    return variant.lines, max((KINDS.index(one.kind) for one in variant.candidates), default=0)


def contains(larger: Variant, smaller: Variant) -> bool:
    """Whether a variant makes all the changes of another, and more."""
    if not set(smaller.versions) <= set(larger.versions):
        return False
    return not (Counter(list_changed_lines(smaller.patch)) - Counter(list_changed_lines(larger.patch)))


class Searcher:
    """Tries changes of one suite in one environment, `place`, and proves them in all.

    `list_nearer` gives the releases between the environment's and one that cures, the nearest first.
    """

    def __init__(
        self,
        runner: VariantRunner,
        content: Content,
        baselines: Mapping[EnvironmentRequest, OriginalRuns],
        *,
        place: EnvironmentRequest,
        jobs: int,
        until: float,
        most: int | None = MOST_CURES,
        report: Callable[[Attempt], None] = lambda _: None,
        list_nearer: Callable[[Candidate], Sequence[Candidate]] = lambda _: (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._content = content
        self.baselines = baselines
        self._place = place
        self._jobs = jobs
        self._batch = jobs
        self._pace = 0.0  # seconds in which each job runs the suite once
        self._controlled = False
        self._until = until
        self._most = most
        self._report = report
        self._list_nearer = list_nearer
        self._clock = clock
        self._tried: set[tuple[object, ...]] = set()
        self.findings = Findings()

    def search(self, candidates: Sequence[Candidate], versions: Sequence[Sequence[Candidate]]) -> Findings:
        """Try changes of the suite one by one, then versions, then pairs; each only if what came before wasn't enough.

        Each group of versions is of one package and in one direction, the nearest release first.

        Ctrl-C ends it early, and so does the time.
        """
        try:
            singles = self._make_variants((one,) for one in candidates)
            self._try_all(sorted(singles, key=_rank_untried))
            if self._wants_more:
                self._try_versions(versions)
            if self._wants_more:
                self._try_all(self._list_pairs())
        except KeyboardInterrupt:
            self.findings.interrupted = True
        return self.findings

    @property
    def _wants_more(self) -> bool:
        """Where a cure leaves keys, the tests do; what else it leaves may be its own doing, and another one better."""
        return self._most is None or not any({*one.judgement.unseen} <= {KEYS} for one in self.findings.cures)

    @property
    def _has_enough(self) -> bool:
        """One that leaves something is only wanted where there is no better one."""
        return self._is_enough(sum(1 for one in self.findings.cures if not one.judgement.unseen))

    def _is_enough(self, number: int) -> bool:
        return self._most is not None and number >= self._most

    def _is_over(self) -> bool:
        """Whether no time is left, though there is something to try."""
        self.findings.out_of_time = self._clock() >= self._until
        return self.findings.out_of_time

    def _make_variants(self, groups: Iterable[tuple[Candidate, ...]]) -> list[Variant]:
        """The variants, without those that were tried before or change nothing."""
        found = []
        for group in groups:
            variant = make_variant(self._content, group)
            key = (variant.patch, variant.versions) if variant else ()
            if variant is not None and any(key) and key not in self._tried:
                self._tried.add(key)
                found.append(variant)
        return found

    def _try_versions(self, groups: Sequence[Sequence[Candidate]]) -> None:
        """The nearest release that cures, of each group. A farther one is no better."""
        waiting = [self._make_variants((one,) for one in group) for group in groups]
        while any(waiting) and not self._is_over():
            share = max(1, self._batch // sum(map(bool, waiting)))
            batches = [group[:share] for group in waiting]
            waiting = [group[share:] for group in waiting]
            tried = self._try_once([one for batch in batches for one in batch])
            for number, batch in enumerate(batches):
                nearest = next((one for one in batch if _is_good(tried[one.name])), None)
                cure = self._prove(self._refine(nearest)) if nearest else None
                for variant in batch:
                    if cure is None or variant.name != cure.variant.name:
                        self._record(Attempt(variant=variant, judgement=tried[variant.name]))
                if cure is not None:
                    self._record(cure)
                    waiting[number] = []

    def _refine(self, good: Variant) -> Variant:
        """The nearest release that cures, by bisection of those before `good`."""
        (candidate,) = good.candidates
        between = self._make_variants((one,) for one in self._list_nearer(candidate))
        low, high = 0, len(between)
        while low < high and not self._is_over():
            middle = (low + high) // 2
            (judgement,) = self._try_once([between[middle]]).values()
            if _is_good(judgement):
                good, high = between[middle], middle
            else:
                self._record(Attempt(variant=between[middle], judgement=judgement))
                low = middle + 1
        return good

    def _list_pairs(self) -> list[Variant]:
        """Pairs of what helped most with everything else, the most promising first; versions last.

        Another version is half of a cure only where it alone helps some tests: most do nothing at all.
        """
        tried = [one for one in self.findings.attempts if len(one.variant.candidates) == 1 and _is_usable(one)]
        best = sorted(tried, key=lambda one: (-one.judgement.promise, rank(one)))
        pairs = [pair for pair in combinations(best, 2) if pair[0] in best[:PROMISING] and _can_combine(*pair)]
        pairs.sort(key=_rank_pair)
        return self._make_variants(_combine(*pair) for pair in pairs)

    def _try_all(self, variants: Sequence[Variant]) -> None:
        waiting = list(variants)
        while waiting and not self._has_enough and not self._is_over():
            batch, waiting = waiting[: self._batch], waiting[self._batch :]
            tried = self._try_once([one for one in batch if not self._contains_cure(one)])
            for variant in batch:
                if variant.name in tried and not self._contains_cure(variant, tried[variant.name].unseen):
                    once = Attempt(variant=variant, judgement=tried[variant.name])
                    self._record(self._prove(variant) if self._is_worth_a_proof(once.judgement) else once)

    def _is_worth_a_proof(self, judgement: CureJudgement) -> bool:
        enough = self._is_enough(len(self.findings.cures)) if judgement.unseen else self._has_enough
        return judgement.state >= JudgementState.LEAVES and not enough

    def _contains_cure(self, variant: Variant, leaves: Collection[str] = ()) -> bool:
        """Whether there is a cure that is a part of it and leaves no more."""
        return any(
            {*cure.judgement.unseen} <= {*leaves} and contains(variant, cure.variant) for cure in self.findings.cures
        )

    def _try_once(self, variants: Sequence[Variant]) -> dict[str, CureJudgement]:
        """What one run of each shows, by name."""
        if not variants:
            return {}
        started = self._clock()
        seen = {name: runs[self._place] for name, runs in self._runner.run(variants, (self._place,)).items()}
        self._adapt_batch(self._clock() - started, len(variants))
        if any(not run.errors and not run.reason for runs in seen.values() for run in runs):
            self._control()
        return {name: judge_all(self.baselines[self._place], runs) for name, runs in seen.items()}

    def _adapt_batch(self, seconds: float, number: int) -> None:
        """As many at once as are done soon."""
        self._pace = seconds / math.ceil(number / self._jobs)
        self._batch = self._jobs * self._count_within(BATCH_SECONDS, BATCH)

    def _count_within(self, seconds: float, most: int) -> int:
        """How many runs one after the other take so long."""
        return most if self._pace * most <= seconds else max(1, int(seconds / self._pace))

    def _control(self) -> None:
        """Run the suite as it is some more, once, so that luck isn't taken for a cure."""
        if not self._controlled:
            self._controlled = True
            original = Variant(content=self._content)
            runs = max(LEAST_RUNS, min(CONTROL_RUNS, self._jobs * self._count_within(CONTROL_SECONDS, CONTROL_RUNS)))
            seen = self._runner.run([original], tuple(self.baselines), repeat=runs)[original.name]
            more = {request: [run for run in runs if not run.reason] for request, runs in seen.items()}
            self.baselines = {
                request: OriginalRuns(runs=more[request]) if len(more[request]) > len(one.runs) else one
                for request, one in self.baselines.items()
            }

    def _record(self, attempt: Attempt) -> None:
        self.findings.attempts.append(attempt)
        self._report(attempt)

    def _prove(self, variant: Variant) -> Attempt:
        """Run it again, in every environment."""
        runs = max(one.count_proof_runs(LEAST_RUNS) for one in self.baselines.values())
        seen = self._runner.run([variant], tuple(self.baselines), repeat=runs)[variant.name]
        judgement = find_worst(judge_all(baseline, seen[request]) for request, baseline in self.baselines.items())
        return Attempt(variant=variant, judgement=judgement, runs=runs, proven=judgement.state is JudgementState.CURES)


def _is_usable(attempt: Attempt) -> bool:
    least = JudgementState.BETTER if attempt.variant.versions else JudgementState.BREAKS
    return attempt.judgement.state >= least


def _rank_pair(pair: tuple[Attempt, Attempt]) -> tuple[int, int, list[Rank]]:
    versions = sum(len(one.variant.versions) for one in pair)
    return versions, -sum(one.judgement.promise for one in pair), [rank(one) for one in pair]


def _is_good(judgement: CureJudgement) -> bool:
    return judgement.state is JudgementState.CURES


def _combine(first: Attempt, second: Attempt) -> tuple[Candidate, ...]:
    """Both changes, in the order in which changes are preferred."""
    both = (*first.variant.candidates, *second.variant.candidates)
    return tuple(sorted(both, key=lambda one: (KINDS.index(one.kind), one.name)))


def _can_combine(first: Attempt, second: Attempt) -> bool:
    """Two versions of one package can't be had at once."""
    packages = [package for one in (first, second) for package, _ in one.variant.versions]
    return len(packages) == len(set(packages))
