"""Runs of a suite's variants, each a suite of its own in one plan, and whether an error is still there."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from harness.digests import digest_texts
from harness.errors import UsageError
from harness.evidence.store import EvidenceStore
from harness.output.progress import Silence
from harness.output.text import count, duration
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import make_run_id
from harness.repro.expecting import ERRORS, choose_findings, choose_unnamed
from harness.repro.minimizing import measure_bytes, minimize
from harness.repro.missing import list_missing
from harness.repro.model import names_server
from harness.repro.pieces import list_test_names, tidy
from harness.store.reading import read_run
from harness.suites.subject import decode_texts
from harness.suites.suite import add_configuration
from harness.verdicts.model import Role
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.environments.provisioning import Provisioner
    from harness.evidence.model import Evidence
    from harness.output.progress import Progress
    from harness.pipeline.settings import Settings
    from harness.repro.pieces import Content
    from harness.suites.suite import Suite
    from harness.verdicts.model import Finding, Unnamed, Verdict

MARK = "~"
"""Stands between a suite's id and the number of a variant."""

CHECKS = 3
"""Runs of the result."""

INTERVAL = 5.0
"""Seconds between two lines on how far it is."""

ErrorKey = tuple[str, ...]

_TELLING = 40  # characters of an error without a name by which it is known again


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large a suite is."""

    files: int
    tests: int
    lines: int  # that aren't blank, of text


class Ended(StrEnum):
    """Why nothing more was dropped."""

    FINISHED = "finished"  # nothing more can be dropped
    TIME = "time"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Minimized:
    """What came of dropping what an error doesn't need."""

    suite: Suite
    before: Size
    after: Size
    runs: int
    seconds: float
    checks: int  # runs of the result
    hits: int  # of them that show the error
    ended: Ended


def choose_target(verdict: Verdict) -> frozenset[ErrorKey]:
    """The error that most tests met, from surface to root; where none is named, those without a name."""
    findings = choose_findings(verdict)
    if not findings:
        return frozenset(_key_of_unnamed(one) for one in choose_unnamed(verdict))
    first = max(findings, key=lambda one: len(one.tests))
    return frozenset(_key(one) for one in findings if one is first or _is_same_chain(first, one))


def _is_same_chain(one: Finding, other: Finding) -> bool:
    """Whether they are the surface and the root of the same errors."""
    ends = {Role.SURFACE, Role.ROOT}
    return one.channel is other.channel and {one.role, other.role} == ends and set(one.tests) == set(other.tests)


def _key(finding: Finding) -> ErrorKey:
    return finding.signature, finding.channel, finding.role


def _key_of_unnamed(error: Unnamed) -> ErrorKey:
    return "", error.channel, error.type, error.text[:_TELLING]


def list_errors_of(verdict: Verdict) -> frozenset[ErrorKey]:
    """Every error of a verdict: named ones without leaks and warnings, and those without a name."""
    categories = load_categories()
    named = {_key(one) for one in verdict.findings if categories.get(one.signature) in ERRORS}
    return frozenset(named | {_key_of_unnamed(one) for one in verdict.unnamed})


def shows_error(original: Verdict, verdict: Verdict) -> bool:
    """Whether the error that is kept is there, and no other than those that the whole suite has."""
    return choose_target(original) <= list_errors_of(verdict) <= list_errors_of(original)


def find_related(verdict: Verdict, evidence: Evidence, target: frozenset[ErrorKey]) -> tuple[str, ...]:
    """The first test with the error, and the tests in which the connections were opened that it used."""
    tests = {test for one in verdict.findings if _key(one) in target for test in one.tests}
    tests |= {one.test for one in verdict.unnamed if _key_of_unnamed(one) in target}
    first = next((test.id for test in evidence.tests if test.id in tests), "")
    if not first:
        return ()
    used = [
        one
        for one in evidence.connections
        if any(use.test == first for use in one.uses) or _closed_in(one.closed, first)
    ]
    return tuple(dict.fromkeys([*(one.opened.test for one in used if one.opened.test), first]))


def _closed_in(moment: object, test: str) -> bool:
    return getattr(moment, "test", "") == test


@dataclass
class SuiteTrials:
    """Tries variants of one suite in one environment, as long as there is time. Results go to a folder of their own."""

    settings: Settings
    provisioner: Provisioner
    suite: Suite
    original: Verdict
    jobs: int
    began: float  # of `time.monotonic`
    seconds: float  # from then on
    progress: Progress
    runs: int = 0

    def __post_init__(self) -> None:
        """Nothing is known yet."""
        self.target = choose_target(self.original)
        self._served = names_server(self.suite.content)
        self._lacks = list_missing(self.suite.content)
        self._known: dict[str, bool] = {}
        self._number = 0
        self._reported = self.began - INTERVAL
        self.smallest = self.suite.content  # of those with the error

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.began + self.seconds

    def keep_error(self, variants: Sequence[Content]) -> list[bool]:
        digests = [digest_texts(one) for one in variants]
        self._known.update(
            (digest, False) for digest, one in zip(digests, variants, strict=True) if not self._is_worth_a_run(one)
        )
        new = {digest: one for digest, one in zip(digests, variants, strict=True) if digest not in self._known}
        waiting = list(new.items())
        while waiting and not self.is_over:
            lot, waiting = waiting[: 2 * self.jobs], waiting[2 * self.jobs :]
            for (digest, content), (verdict,) in zip(lot, self.run([one for _, one in lot]), strict=True):
                self._known[digest] = self.shows(verdict)
                if self._known[digest]:
                    self.smallest = min(self.smallest, content, key=measure_bytes)
            self.report(self.smallest)
        return [self._known.get(digest, False) for digest in digests]

    def _is_worth_a_run(self, variant: Content) -> bool:
        """Whether it has all that it uses.

        What no longer asks for the server's address would find one here by luck, and none elsewhere.
        """
        return names_server(variant) == self._served and list_missing(variant) <= self._lacks

    def shows(self, verdict: Verdict) -> bool:
        """Whether the error is there, and no other than those that the whole suite has."""
        return shows_error(self.original, verdict)

    def run(self, variants: Sequence[Content], *, repeat: int = 1) -> list[tuple[Verdict, ...]]:
        """The verdicts of each variant."""
        suites = [self._make_suite(one) for one in variants]
        (request,) = self.settings.plan.requests
        plan = msgspec.structs.replace(
            self.settings.plan, cells=tuple(suites), repeat=repeat, cells_by_request={request: frozenset(suites)}
        )
        settings = replace(self.settings, plan=plan, run=make_run_id())
        execute_plan(settings, self.provisioner, jobs=self.jobs)
        self.runs += len(suites) * repeat
        found: dict[str, list[Verdict]] = {}
        for run in read_run(settings.folder, settings.run).runs:
            for outcome in run.outcomes:
                found.setdefault(outcome.cell, []).append(outcome.verdict)
        return [tuple(found[suite.id]) for suite in suites]

    def report(self, content: Content) -> None:
        if time.monotonic() < self._reported + INTERVAL:
            return
        self._reported = time.monotonic()
        size = measure_size(content, len(list_test_names(content)))
        sizes = f"{count(size.files, 'file')}, {count(size.tests, 'test function')}, {count(size.lines, 'line')}"
        spent = f"{duration(self._reported - self.began)} of at most {self.seconds:g} s"
        self.progress.note(f"minimizing: {sizes} so far; {count(self.runs, 'run')}, {spent}")

    def _make_suite(self, content: Content) -> Suite:
        self._number += 1
        return replace(self.suite, id=f"{self.suite.id}{MARK}{self._number}", content=add_configuration(content))


def minimize_suite(
    suite: Suite,
    verdict: Verdict,
    evidence: Evidence,
    settings: Settings,
    provisioner: Provisioner,
    *,
    folder: Path,
    jobs: int,
    seconds: float,
    name: str,
) -> Minimized:
    """Drop what the error doesn't need. `folder` is for results of the tries; `name` is the result's id."""
    began = time.monotonic()
    trials = SuiteTrials(
        settings=replace(settings, folder=folder, evidence=EvidenceStore(folder), progress=Silence()),
        provisioner=provisioner,
        suite=suite,
        original=verdict,
        jobs=jobs,
        began=began,
        seconds=seconds,
        progress=settings.progress,
    )
    settings.progress.note(f"minimizing: at most {seconds:g} s; Ctrl-C keeps what was found")
    checked: tuple[Verdict, ...] = ()
    try:
        if suite.project is not None:
            trials.suite = suite = _require_alone(suite, trials)
        found = minimize(suite.content, trials, find_related(verdict, evidence, trials.target))
        ended = Ended.TIME if trials.is_over else Ended.FINISHED
        content = add_configuration(tidy(found))  # where time was up, nobody has tidied it yet
        (checked,) = trials.run([content], repeat=CHECKS)
        if not all(map(trials.shows, checked)):
            content = add_configuration(found)
            (checked,) = trials.run([content], repeat=CHECKS)
    except KeyboardInterrupt:
        ended, content = Ended.INTERRUPTED, add_configuration(trials.smallest)
    return Minimized(
        suite=replace(trials.suite, id=name, content=content),
        before=measure_size(suite.content, len(evidence.tests)),
        after=measure_size(content, max((len(one.pattern) for one in checked), default=0)),
        runs=trials.runs,
        seconds=time.monotonic() - began,
        checks=len(checked),
        hits=sum(map(trials.shows, checked)),
        ended=ended,
    )


def check_once(it: Minimized, original: Verdict, verdict: Verdict) -> Minimized:
    """What was interrupted, with the one run of the result."""
    shown = shows_error(original, verdict)
    size = msgspec.structs.replace(it.after, tests=len(verdict.pattern))
    return replace(it, after=size, checks=1, hits=int(shown), runs=it.runs + 1)


def _require_alone(suite: Suite, trials: SuiteTrials) -> Suite:
    """The suite without its project installed: files of the project that the error needs must stay.

    Raises `UsageError` where the error doesn't come then.
    """
    conditions = suite.conditions and msgspec.structs.replace(suite.conditions, project="")
    trials.suite = replace(suite, project=None, conditions=conditions)
    (checked,) = trials.run([suite.content])
    if not trials.shows(checked[0]):
        raise UsageError(
            f"{suite.id} shows another outcome where its project isn't installed, so it can't be minimized.",
            remedy="Put the project on the import path instead, such as with --install none and "
            "--pytest-args '-o pythonpath=src'.",
        )
    return trials.suite


def measure_size(content: Content, tests: int) -> Size:
    """Of a suite that ran this many tests."""
    texts = decode_texts({path: data for path, data in content.items() if b"\0" not in data})
    lines = sum(1 for text in texts.values() for line in text.splitlines() if line.strip())
    return Size(files=len(content), tests=tests, lines=lines)


def describe_minimized(it: Minimized) -> Iterator[str]:
    """What was dropped, in lines."""
    steps = (
        f"{name} {getattr(it.before, name):,} → {getattr(it.after, name):,}" for name in ("files", "tests", "lines")
    )
    yield f"Minimized: {', '.join(steps)}; {it.runs:,} runs in {duration(it.seconds)}."
    yield f"The error came in {it.hits} of {count(it.checks, 'run')} of the result."
    if it.ended is not Ended.FINISHED:
        why = "Time was up" if it.ended is Ended.TIME else "Interrupted"
        yield f"{why}: this is the smallest found by then. A run with a longer --time may drop more; it starts anew."


def summarize_minimized(it: Minimized) -> dict[str, object]:
    """The same as plain data."""
    sizes = {"before": msgspec.to_builtins(it.before), "after": msgspec.to_builtins(it.after)}
    rest = {
        "runs": it.runs,
        "seconds": round(it.seconds, 1),
        "hits": it.hits,
        "checks": it.checks,
        "finished": it.ended is Ended.FINISHED,
        "ended": it.ended.value,
    }
    return {**sizes, **rest}
