"""Whether a change cures a suite: what its runs showed, compared with runs of the suite as it is. Pure.

**Loop errors** are what a signature of the category `error` names, whether it is about loops, contexts, scopes or
clients, as all of these come from which loop runs what; and hangs and crashes, since a read that waits for another
loop ends so. So is a warning with a signature that a test failed of, or that kept pytest from starting, as
`filterwarnings = error` makes of it. A limit on memory or output, or a suite without tests, is none.

**Cured** is a suite if no loop error is met any more, every test that failed of one passes, every other test does
what it did, or passes where it failed, none is missing, and nothing is left or warned of that wasn't before. A test
that was run once for each parameter of another's, and is run once without it now, isn't missing.

What only a test can leave that failed before it came so far, the suite as it is had no chance to show. A change that
leaves nothing else **cures** too, and the judgement names it: keys, whoever wrote them, as long as some test failed in
every run; else what was opened in a test that did.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.label import label
from harness.analysis.patterns import LETTERS
from harness.analysis.suite_tests import list_tests
from harness.output.text import count, one_line
from harness.verdicts.model import Status
from harness.verdicts.observations import ObservationKind
from harness.verdicts.observing import observe
from harness.verdicts.signatures import SignatureCategory, find_naming, is_loop_error, load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from harness.evidence.model import Evidence
    from harness.store.model import Outcome
    from harness.verdicts.model import Verdict

    Categories = Mapping[str, SignatureCategory]

_FAILING = frozenset({ObservationKind.EXCEPTION, ObservationKind.PROBLEM})

KEYS = "leaked-keys"
NO_TESTS = "no-tests"
PASSED = "passed"
CHANCE = 0.002
"""That a suite which fails now and then passes all runs of a proof by luck. Many changes are tried, so it is small."""

MOST_RUNS = 30
"""Of a proof."""

_LONGEST = 160
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+")
_QUIET = (SignatureCategory.LEAK, SignatureCategory.WARNING)


@dataclass(frozen=True, kw_only=True)
class SeenTest:
    """What became of a test in one run."""

    text: str  # "failed: different-loop"
    kind: str  # equal where only numbers differ
    errors: frozenset[str] = frozenset()  # loop errors, by signature
    is_file: bool = False  # no test but a file that could not be collected

    @property
    def fails(self) -> bool:
        """Whether it is no success, of whatever error."""
        return self.is_file or self.text.startswith(("failed", "error", LETTERS["?"]))

    @property
    def was_cut_short(self) -> bool:
        """Whether it failed before its end: in its setup, or while it ran."""
        return self.is_file or self.text.startswith(("failed", "error in setup"))


@dataclass(frozen=True, kw_only=True)
class SeenRun:
    """One run of a suite, as far as it matters here."""

    tests: Mapping[str, SeenTest] = field(default_factory=dict)
    errors: frozenset[str] = frozenset()  # loop errors, in a test or not
    unnamed: frozenset[str] = frozenset()  # errors in no test that no signature names
    left: frozenset[str] = frozenset()  # what is left or warned of, a text each
    leaks: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of it, what is left: by signature, the tests
    label: str = ""  # "loop-closed←different-loop"
    ending: str = ""  # how pytest ended where no test says it
    reason: str = ""  # why there is nothing to see

    @property
    def failing(self) -> frozenset[str]:
        """Tests with a loop error."""
        return frozenset(test for test, seen in self.tests.items() if seen.errors)

    @property
    def cut_short(self) -> frozenset[str]:
        """Those of them that failed before their end, and files that could not be collected."""
        return frozenset(test for test in self.failing if self.tests[test].was_cut_short)


class JudgementState(IntEnum):
    """What a change does to a suite, the worst first."""

    UNMEASURED = 0
    BREAKS = 1
    NOTHING = 2
    BETTER = 3  # some tests that failed of a loop error pass, and no other test changes
    LEAVES = 4  # cured, but for something that is left or warned of
    CURES = 5


@dataclass(frozen=True, kw_only=True, order=True)
class CureJudgement:
    """The state, with why it is no cure in a few words."""

    state: JudgementState
    fixed: int = 0  # tests that failed of a loop error and pass
    repaired: int = 0  # tests that failed of something else and pass
    broken: int = 0  # others that changed
    merged: int = 0  # tests that were run for each parameter of another's, and are run once now
    reason: str = ""
    unseen: tuple[str, ...] = ()  # what a cured suite leaves that couldn't be seen before, by signature

    @property
    def promise(self) -> int:
        """The more, the likelier it is part of a cure."""
        return self.state * 1000 + self.fixed - self.broken


@dataclass(frozen=True, kw_only=True)
class OriginalRuns:
    """The suite as it is, run several times in one environment."""

    runs: Sequence[SeenRun]

    @property
    def tests(self) -> frozenset[str]:
        """Those of any run."""
        return frozenset[str]().union(*(run.tests for run in self.runs))

    @property
    def failing(self) -> frozenset[str]:
        """Tests that had a loop error in any run."""
        return frozenset[str]().union(*(run.failing for run in self.runs))

    @property
    def errors(self) -> frozenset[str]:
        """Loop errors of any run."""
        return frozenset[str]().union(*(run.errors for run in self.runs))

    @property
    def hits(self) -> int:
        """Runs with a loop error."""
        return sum(1 for run in self.runs if run.errors)

    @property
    def is_flaky(self) -> bool:
        """Whether it is only some of the runs that have loop errors."""
        return 0 < self.hits < len(self.runs)

    @property
    def reason(self) -> str:
        """Why nothing could be seen; empty if something was."""
        return next((run.reason for run in self.runs if run.reason), "")

    @property
    def is_empty(self) -> bool:
        """Whether there is no test to run, and nothing that would say why."""
        return all(run.label == NO_TESTS for run in self.runs)

    @property
    def others(self) -> dict[str, str]:
        """Tests that fail for another reason, with what becomes of them."""
        return {
            test: seen.text
            for run in self.runs
            for test, seen in run.tests.items()
            if test not in self.failing and seen.fails
        }

    @property
    def always_failing(self) -> frozenset[str]:
        """Those of them that fail in every run."""
        return frozenset(
            test for test in self.others if all(test in run.tests and run.tests[test].fails for run in self.runs)
        )

    def could_show(self, leak: str, tests: Iterable[str]) -> bool:
        """Whether a run came so far that it could have left this in these tests, in none if that isn't known."""
        for run in self.runs:
            cut_short = run.cut_short
            if leak == KEYS and cut_short:
                continue
            if not tests or not all(test in cut_short or test.partition("::")[0] in cut_short for test in tests):
                return True
        return False

    def count_proof_runs(self, least: int) -> int:
        """How many runs show that it is cured: the rarer the error, the more."""
        if not self.is_flaky:
            return least
        needed = math.log(CHANCE) / math.log(1 - self.hits / len(self.runs))
        return max(least, min(MOST_RUNS, math.ceil(needed)))


def see_run(outcome: Outcome, evidence: Evidence | None, categories: Categories, named: Sequence[str] = ()) -> SeenRun:
    """What one run showed; without evidence, why nothing was run. Patterns in `named` make loop errors of others."""
    verdict = outcome.verdict
    if evidence is None or verdict.status is Status.INFRASTRUCTURE:
        return SeenRun(reason=verdict.reason or str(verdict.status), label=str(verdict.status))
    found = [*_list_loop_errors(verdict, evidence, categories), *_list_named(evidence, named)]
    errors: dict[str, set[str]] = {}
    for name, test in found:
        errors.setdefault(test, set()).add(name)
    ran = {test.id for test in evidence.tests}
    tests = {
        test: SeenTest(
            text=became.text, kind=became.kind, errors=frozenset(errors.get(test, ())), is_file=test not in ran
        )
        for test, became in list_tests(outcome, evidence, categories)
    }
    return SeenRun(
        tests=tests,
        errors=frozenset(name for name, _ in found),
        unnamed=frozenset(_mask(f"{one.type}: {one.text}") for one in verdict.unnamed if one.test not in tests),
        left=frozenset(_list_left(verdict, evidence, categories)),
        leaks=_find_leaks(verdict, categories),
        label=one_line(_describe_errors(verdict, categories, [name for name, _ in found])),
        ending=verdict.ending,
    )


def _list_loop_errors(verdict: Verdict, evidence: Evidence, categories: Categories) -> Iterator[tuple[str, str]]:
    """Each with a test that it was met in; with none where it was met in none."""
    for finding in verdict.findings:
        if is_loop_error(finding.signature, categories):
            yield from ((finding.signature, test) for test in finding.tests or ("",))
    for incident in observe(evidence):
        if incident[0].kind in _FAILING:
            for signature in find_naming(load_signatures(), incident[0]):
                if signature.category is SignatureCategory.WARNING:
                    yield signature.name, incident[0].test


def _list_named(evidence: Evidence, named: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Whatever was observed that one of the patterns fits."""
    for incident in observe(evidence):
        for observation in incident:
            for pattern in named:
                if re.search(pattern, observation.sample):
                    yield pattern, incident[0].test


def _describe_errors(verdict: Verdict, categories: Categories, names: Sequence[str]) -> str:
    """`loop-closed←different-loop`, without what else a test failed of; where there is no loop error, what there is."""
    errors = tuple(one for one in verdict.findings if is_loop_error(one.signature, categories))
    if errors:
        verdict = msgspec.structs.replace(verdict, status=Status.REPRODUCES, findings=errors, unnamed=())
    return label(verdict, categories) if errors or not names else ", ".join(sorted(set(names)))


def _list_left(verdict: Verdict, evidence: Evidence, categories: Categories) -> Iterator[str]:
    """What is left, by name, and what is warned of, by its text."""
    yield from (one.signature for one in verdict.findings if categories.get(one.signature) in _QUIET)
    signatures = load_signatures()
    for incident in observe(evidence):
        if any(one.category is SignatureCategory.WARNING for one in find_naming(signatures, incident[0])):
            yield one_line(_mask(incident[0].text), 100)


def _find_leaks(verdict: Verdict, categories: Categories) -> dict[str, frozenset[str]]:
    """What is left, with the tests that it was met in."""
    leaks = [one for one in verdict.findings if categories.get(one.signature) is SignatureCategory.LEAK]
    return {
        name: frozenset(test for one in leaks if one.signature == name for test in one.tests)
        for name in {one.signature for one in leaks}
    }


def judge(baseline: OriginalRuns, run: SeenRun) -> CureJudgement:
    """What the change does that this run was made with."""
    if run.reason:
        return CureJudgement(state=JudgementState.UNMEASURED, reason=run.reason)
    merged = dict(find_merged(baseline.tests, run.tests.keys()))
    run = replace(run, tests={**run.tests, **{test: run.tests[now] for test, now in merged.items()}})
    changed = dict(_find_changed(baseline, run, new=frozenset(merged.values())))
    unfixed = {test: became for test in sorted(baseline.failing) if (became := _find_unfixed(baseline, run, test))}
    state, reason, unseen = _explain(baseline, run, changed, unfixed)
    return CureJudgement(
        state=state,
        fixed=len(baseline.failing) - len(unfixed),
        repaired=sum(1 for test in baseline.always_failing if test in run.tests and run.tests[test].text == PASSED),
        broken=len(changed),
        merged=len(set(merged.values())),
        reason=reason,
        unseen=unseen,
    )


def _explain(
    baseline: OriginalRuns, run: SeenRun, changed: Mapping[str, str], unfixed: Mapping[str, str]
) -> tuple[JudgementState, str, tuple[str, ...]]:
    by_chance = baseline.is_flaky and all(test in run.failing for test in changed)
    if broken := _find_broken(baseline, run, {} if by_chance else changed, unfixed):
        return JudgementState.BREAKS, broken, ()
    if run.errors:
        better = len(unfixed) < len(baseline.failing)
        where = f"in {count(len(run.failing), 'test')}" if run.failing else "outside of tests"
        state = JudgementState.BETTER if better else JudgementState.NOTHING
        return state, f"still {run.label} {where}", ()
    new = run.left - frozenset[str]().union(*(one.left for one in baseline.runs))
    unseen = {leak for leak in new & run.leaks.keys() if not baseline.could_show(leak, run.leaks[leak])}
    if new > unseen:
        return JudgementState.LEAVES, f"it newly shows: {', '.join(sorted(new))}", ()
    return JudgementState.CURES, "", tuple(sorted(unseen))


def _find_broken(baseline: OriginalRuns, run: SeenRun, changed: Mapping[str, str], unfixed: Mapping[str, str]) -> str:
    """What is worse than before, or else than a cure would have it; empty where there still are loop errors."""
    if changed:
        return _describe_changed(changed, run)
    if run.errors:
        return ""
    if run.ending and run.ending not in {one.ending for one in baseline.runs}:
        return one_line(run.ending, _LONGEST)
    for test, became in unfixed.items():
        return f"{one_line(test, 80)}: {became}"
    unnamed = run.unnamed - frozenset[str]().union(*(one.unnamed for one in baseline.runs))
    return f"new: {one_line(min(unnamed), _LONGEST)}" if unnamed else ""


def judge_all(baseline: OriginalRuns, runs: Sequence[SeenRun]) -> CureJudgement:
    """The worst of several runs."""
    return find_worst(judge(baseline, run) for run in runs)


def find_worst(judgements: Iterable[CureJudgement]) -> CureJudgement:
    """The first of those that are the least of a cure."""
    return min(judgements, key=lambda one: (one.state, -len(one.unseen)))


def find_merged(before: AbstractSet[str], now: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    """Tests that are there without some of their parameters now, with what they are called.

    Only parameters that another test is still run with can be missing: so that none isn't tried any more.
    """
    kept = frozenset(part for test in before & now for part in _split_parameters(test)[1])
    for test in before - now:
        name, parts = _split_parameters(test)
        rest = "-".join(part for part in parts if part not in kept)
        called = f"{name}[{rest}]" if rest else name
        if called in now and called not in before:
            yield test, called


def _split_parameters(test: str) -> tuple[str, tuple[str, ...]]:
    name, bracket, parameters = test.removesuffix("]").partition("[")
    return (name, tuple(parameters.split("-"))) if bracket else (test, ())


def _find_unfixed(baseline: OriginalRuns, run: SeenRun, test: str) -> str:
    """What became of a test, or a file, that failed of a loop error; empty if it passes."""
    seen = run.tests.get(test)
    if seen is None:
        is_file = any(one.tests[test].is_file for one in baseline.runs if test in one.tests)
        return "" if is_file else "not run any more"
    return "" if seen.text == PASSED else seen.text


def _find_changed(baseline: OriginalRuns, run: SeenRun, new: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Tests without a loop error so far that do something else now, with what they did."""
    before: dict[str, list[SeenTest]] = {}
    for one in baseline.runs:
        for test, seen in one.tests.items():
            before.setdefault(test, []).append(seen)
    for test, seen_before in before.items():
        if test in baseline.failing:
            continue
        now = run.tests.get(test)
        if now is None:
            if not seen_before[0].is_file:
                yield test, seen_before[0].text
        elif now.kind not in {one.kind for one in seen_before} and not _is_repaired(seen_before, now):
            yield test, seen_before[0].text
    for test, seen in run.tests.items():
        if test not in before and test not in new and seen.fails:
            yield test, "not there"


def _is_repaired(before: Sequence[SeenTest], now: SeenTest) -> bool:
    """Whether a test that failed of something else passes too: what it failed of had the same cause."""
    return all(one.fails for one in before) and now.text == PASSED


def _describe_changed(changed: Mapping[str, str], run: SeenRun) -> str:
    test = next(iter(changed))
    became = run.tests[test].text if test in run.tests else "not run"
    more = f", and {count(len(changed) - 1, 'other test')} changed" if len(changed) > 1 else ""
    return f"{one_line(test, 80)}: {changed[test]} before, now {became}{more}"


def _mask(text: str) -> str:
    return _NUMBERS.sub("…", text)
