"""What became of each test of a suite in each environment, and tests to which the same happened together."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from harness.analysis.label import join_labels, label
from harness.analysis.patterns import LETTERS
from harness.evidence.store import EvidenceError
from harness.output.text import one_line
from harness.verdicts.ending import describe_problem
from harness.verdicts.model import Role, Status, Verdict
from harness.verdicts.pattern import make_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.evidence.model import Evidence, Test
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Outcome, Results
    from harness.verdicts.model import Finding, Unnamed
    from harness.verdicts.signatures import SignatureCategory

    Categories = Mapping[str, SignatureCategory]

WITHOUT_TESTS = "no test was run"
_LONGEST = 120
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\d+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

NAMED, UNNAMED, NOT_RUN, MARKED, SKIPPED, PASSED = range(6)
"""How much a test's outcome matters: errors with a name first."""


class OutcomeOfTest(NamedTuple):
    """What became of a test once: `failed: different-loop`."""

    text: str
    rank: int

    @property
    def kind(self) -> str:
        """Equal for outcomes that differ only in numbers."""
        return _mask_numbers(self.text)


ABSENT = OutcomeOfTest("not run", NOT_RUN)
SeenTests = dict[str, dict[str, list[OutcomeOfTest]]]  # test → environment digest → what became of it, a sample each


class GroupedTests(msgspec.Struct, frozen=True, kw_only=True):
    """Tests to which the same happened."""

    tests: tuple[str, ...]  # ids, in the order in which they ran
    texts: tuple[str, ...]  # what became of the first one, one a column
    rank: int  # of the gravest outcome
    changed: bool

    @property
    def order(self) -> tuple[int, int]:
        """Sorts the most important first."""
        return self.rank, -len(self.tests)


class SuiteTests(msgspec.Struct, frozen=True, kw_only=True):
    """All tests of a suite."""

    changed: tuple[GroupedTests, ...]
    same: tuple[GroupedTests, ...]  # without those that pass everywhere
    passing: int  # tests that pass everywhere


def find_tests(results: Results, cell: str, store: EvidenceStore, categories: Categories) -> SeenTests:
    """Tests, and files that could not be collected, in the order in which they were met first."""
    seen: SeenTests = {}
    for run in results.runs:
        for outcome in run.outcomes:
            if outcome.cell != cell or not outcome.evidence:
                continue
            try:
                evidence = store.get(outcome.evidence)
            except EvidenceError:
                continue
            for what, became in list_tests(outcome, evidence, categories):
                seen.setdefault(what, {}).setdefault(run.header.environment_key, []).append(became)
    return seen


def group_tests(seen: SeenTests, digests: Sequence[str], pairs: Sequence[tuple[str, str]] = ()) -> SuiteTests:
    """The tests with the same outcomes in these environments together.

    With `pairs` of environments, a test has changed that isn't the same in both of one; otherwise, one that isn't the
    same in all environments.
    """
    places = [(digests.index(before), digests.index(after)) for before, after in pairs]
    groups: dict[tuple[str, ...], list[str]] = {}
    kinds: dict[tuple[str, ...], tuple[str, ...]] = {}  # of the first case of each function that shows this
    passing = 0
    for test, found in seen.items():
        row = [found.get(digest) or [ABSENT] for digest in digests]
        if all(one.rank == PASSED for samples in row for one in samples):
            passing += 1
        else:
            kind = tuple(map(find_kind, row))
            function, case, _ = test.partition("[")
            # Cases of one test that differ only in what is quoted show the same; other tests may not.
            kind = kinds.setdefault((function, *(_QUOTED.sub("…", text) for text in kind)), kind) if case else kind
            groups.setdefault(kind, []).append(test)
    made = sorted((_make_group(tests, seen, digests, places) for tests in groups.values()), key=lambda one: one.order)
    return SuiteTests(
        changed=tuple(one for one in made if one.changed),
        same=tuple(one for one in made if not one.changed),
        passing=passing,
    )


def find_kind(samples: Sequence[OutcomeOfTest]) -> str:
    """Equal for samples of the same outcomes."""
    return join_labels(sorted(one.kind for one in samples))


def describe_samples(samples: Sequence[OutcomeOfTest]) -> str:
    """What became of a test; of several samples that don't agree, how many showed each."""
    texts = [one.text for one in samples]
    return join_labels(texts if len(set(texts)) > 1 else texts[:1])


def describe_row(row: Sequence[Sequence[OutcomeOfTest]]) -> tuple[str, ...]:
    """One text a column, the same for outcomes of a kind."""
    texts: dict[str, str] = {}
    return tuple(texts.setdefault(find_kind(samples), describe_samples(samples)) for samples in row)


def _make_group(
    tests: Sequence[str], seen: SeenTests, digests: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> GroupedTests:
    row = [seen[tests[0]].get(digest) or [ABSENT] for digest in digests]
    texts = describe_row(row)
    return GroupedTests(
        tests=tuple(tests),
        texts=texts,
        rank=min(one.rank for samples in row for one in samples),
        changed=any(texts[before] != texts[after] for before, after in pairs) if pairs else len(set(texts)) > 1,
    )


@lru_cache(4096)
def _mask_numbers(text: str) -> str:
    return _NUMBERS.sub("…", text)


def list_tests(outcome: Outcome, evidence: Evidence, categories: Categories) -> Iterator[tuple[str, OutcomeOfTest]]:
    """Tests, and files that could not be collected, each with what became of it in one run."""
    named: dict[str, list[Finding]] = {}
    for finding in outcome.verdict.findings:
        for nodeid in finding.tests:
            named.setdefault(nodeid, []).append(finding)
    unnamed: dict[str, Unnamed] = {}
    for error in outcome.verdict.unnamed:
        unnamed.setdefault(error.test, error)
    for test, letter in zip(evidence.tests, make_pattern(evidence), strict=True):
        yield test.id, _describe_test(test, letter, named.get(test.id, ()), unnamed.get(test.id), categories)
    yield from _list_problems(evidence)
    if not evidence.tests and not evidence.problems and not outcome.verdict.ending:
        for finding in outcome.verdict.findings:
            yield WITHOUT_TESTS, OutcomeOfTest(one_line(finding.sample, _LONGEST), NAMED)
        for error in outcome.verdict.unnamed:
            yield WITHOUT_TESTS, OutcomeOfTest(_describe_error(error.type, error.text), UNNAMED)


def _list_problems(evidence: Evidence) -> Iterator[tuple[str, OutcomeOfTest]]:
    """Files that could not be collected. What ended pytest as a whole is in the verdict."""
    for problem in evidence.problems:
        if problem.node and problem.chain and problem.chain[0].type != "Interrupted":
            yield problem.node, OutcomeOfTest(one_line(describe_problem(problem.chain), _LONGEST), UNNAMED)


def _describe_error(kind: str, text: str) -> str:
    return one_line(f"{kind.rpartition('.')[2]}: {text}", _LONGEST)


def _describe_test(
    test: Test, letter: str, findings: Sequence[Finding], unnamed: Unnamed | None, categories: Categories
) -> OutcomeOfTest:
    """`passed`, `failed: different-loop`, `error in setup: AssertionError: …`, `skipped: needs docker`."""
    match letter:
        case "F" | "E":
            phase = next(one for one in test.phases if one.outcome == "failed")
            met = "failed" if letter == "F" else f"error in {phase.when}"
            if unnamed is not None:
                roots = dict.fromkeys(one.signature for one in findings if one.role is Role.ROOT)
                error = _describe_error("←".join((unnamed.type.rpartition(".")[2], *roots)), unnamed.text)
                return OutcomeOfTest(f"{met}: {error}", NAMED if roots else UNNAMED)
            if not findings:
                return OutcomeOfTest(met, UNNAMED)
            text = label(Verdict(status=Status.REPRODUCES, findings=tuple(findings)), categories)
            return OutcomeOfTest(f"{met}: {text.removeprefix('cleanup: ')}", NAMED)
        case "s":
            return OutcomeOfTest(f"skipped{_find_skip_reason(test)}", SKIPPED)
        case ".":
            return OutcomeOfTest(LETTERS[letter], PASSED)
        case _:
            return OutcomeOfTest(LETTERS[letter], NOT_RUN if letter == "?" else MARKED)


def _find_skip_reason(test: Test) -> str:
    texts = (raised.text for phase in test.phases if phase.outcome == "skipped" for raised in phase.chain)
    text = next(filter(None, texts), "")
    return f": {one_line(text.removeprefix('Skipped: '), _LONGEST)}" if text else ""
