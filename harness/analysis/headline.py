"""A suite's verdict in a line: how it ended, then named errors by number of tests, then errors without a name."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from harness.analysis.label import ERRORS, join_labels, label
from harness.analysis.patterns import format_course
from harness.output.text import count, one_line
from harness.suites.suite import is_suite
from harness.verdicts.ending import LONGEST
from harness.verdicts.model import Channel, Role, Status
from harness.verdicts.observations import ObservationKind
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.verdicts.model import Finding, Verdict

    Categories = Mapping[str, SignatureCategory]
    Met = dict[str, dict[Channel, set[str]]]  # what was met → the tests of each channel that it was met in

_MOST_NAMED, _MOST_UNNAMED = 4, 2
_PLACES = {Channel.CLEANUP: "in the cleanup", Channel.BACKGROUND: "in the background"}

_ENDINGS = frozenset({ObservationKind.EXIT, ObservationKind.HANG, ObservationKind.LIMIT})
"""What an error without a name can be called that is none of a test."""


def describe(cell: str, verdict: Verdict, categories: Categories) -> str:
    """A suite's headline, a cell's label."""
    return make_headline(verdict, categories) if is_suite(cell) else label(verdict, categories)


def describe_samples(verdicts: Iterable[Verdict], categories: Categories) -> str:
    """The headline of a suite with what became of its tests; of several samples, how many showed each."""
    texts = []
    for verdict in verdicts:
        course = format_course(verdict.pattern)
        texts.append(f"{make_headline(verdict, categories)}{f' ({course})' if course else ''}")
    return join_labels(texts)


def make_headline(verdict: Verdict, categories: Categories) -> str:
    """`different-loop in 30 tests, loop-closed in the cleanup of 2 tests; AssertionError in 1 test`.

    What stopped the run comes first. A verdict without any error is its label.
    """
    if verdict.status not in (Status.REPRODUCES, Status.FAILS):
        return label(verdict, categories)
    errors = [one for one in verdict.findings if categories.get(one.signature, SignatureCategory.ERROR) in ERRORS]
    named: Met = defaultdict(lambda: defaultdict(set))
    unnamed = _collect_unnamed(verdict)
    for channel in Channel:
        here = [one for one in errors if one.channel is channel and not _is_ending(one, categories)]
        _add_named(named, here, unnamed, channel)
    parts = [
        *_list_endings(verdict, categories),
        _join_names(named, _MOST_NAMED),
        _join_names({name: met for name, met in unnamed.items() if any(met.values())}, _MOST_UNNAMED),
    ]
    return "; ".join(filter(None, parts)) or label(verdict, categories)


def _is_ending(finding: Finding, categories: Categories) -> bool:
    return categories.get(finding.signature) is SignatureCategory.OUTCOME


def _list_endings(verdict: Verdict, categories: Categories) -> list[str]:
    """What stopped the whole run, or kept it from starting."""
    stopped = [f"{one.signature}: {one.sample}" for one in verdict.findings if _is_ending(one, categories)]
    ended = [f"ended with {one.text}" for one in verdict.unnamed if one.type in _ENDINGS and not verdict.ending]
    return [one_line(text, LONGEST) for text in dict.fromkeys(filter(None, (verdict.ending, *stopped, *ended)))]


def _collect_unnamed(verdict: Verdict) -> Met:
    """Without what ended the run."""
    found: Met = defaultdict(lambda: defaultdict(set))
    for one in verdict.unnamed:
        if one.type not in _ENDINGS and (one.test or one.channel is not Channel.BODY or not verdict.ending):
            found[one_line(one.type.rpartition(".")[2], 60)][one.channel].add(one.test)
    return found


def _add_named(named: Met, findings: Sequence[Finding], unnamed: Met, channel: Channel) -> None:
    """`surface←root` where both were met in a test. An error without a name can be the surface of one that has one."""
    roots = [(one.signature, _list_tests(one)) for one in findings if one.role is Role.ROOT]
    surfaces = [(one.signature, _list_tests(one)) for one in findings if one.role is Role.SURFACE]
    surfaces += [(name, found[channel]) for name, found in unnamed.items() if found.get(channel)]
    for root, tests in roots:
        alone = set(tests)
        for surface, over in surfaces:
            if shared := tests & over:
                named[f"{surface}←{root}"][channel] |= shared
                alone -= shared
        if alone:
            named[root][channel] |= alone
    rooted = set().union(*(tests for _, tests in roots))
    for one in findings:
        tests = _list_tests(one)
        if one.role is Role.ONLY or (one.role is Role.SURFACE and tests - rooted):
            named[one.signature][channel] |= tests if one.role is Role.ONLY else tests - rooted
    for met in unnamed.values():
        if channel in met:
            met[channel] -= rooted


def _list_tests(finding: Finding) -> set[str]:
    """Without a test, an error was met in none: the empty name stands for that."""
    return set(finding.tests) or {""}


def _join_names(met: Mapping[str, Mapping[Channel, set[str]]], most: int) -> str:
    ordered = sorted(met.items(), key=lambda item: (-len(_list_all(item[1])), item[0]))
    shown = [f"{name} {_describe_place(found)}" for name, found in ordered[:most]]
    more = [f"{len(ordered) - most:,} more"] if len(ordered) > most else []
    return ", ".join(shown + more)


def _list_all(found: Mapping[Channel, set[str]]) -> set[str]:
    return set().union(*found.values()) - {""}


def _describe_place(found: Mapping[Channel, set[str]]) -> str:
    """`in 5 tests`, `in the cleanup of 2 tests`, `in the background`."""
    tests = _list_all(found)
    number = count(len(tests), "test" if any("::" in test for test in tests) else "file") if tests else ""
    if found.get(Channel.BODY):
        return f"in {number}" if tests else "outside of tests"
    place = next(_PLACES[channel] for channel in _PLACES if found.get(channel))
    return f"{place} of {number}" if tests else place
