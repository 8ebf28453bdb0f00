"""What differs in suites of one's own, as annotations of tests. A baseline has no evidence: verdicts decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.label import ERRORS, join_labels, label
from harness.compare.model import ChangeKind
from harness.compare.tables import describe_pairs
from harness.output.annotations import Annotation, AnnotationLevel
from harness.output.text import one_line
from harness.suites.suite import PREFIX, Suite
from harness.suites.test_lines import find_test_line
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.catalogue.cell import Cell
    from harness.compare.comparing import MeasuredCells
    from harness.compare.model import Comparison, Samples
    from harness.suites.subject import Subject
    from harness.verdicts.signatures import SignatureCategory

    Categories = Mapping[str, SignatureCategory]

GONE = "nothing of it"
_LONGEST = 200
_LEVELS = {ChangeKind.APPEARED: AnnotationLevel.ERROR, ChangeKind.DISAPPEARED: AnnotationLevel.NOTICE}


class _Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What a test of a suite shows on both sides, or, without a test, what the suite as a whole does."""

    suite: str
    test: str = ""
    level: AnnotationLevel
    before: str
    after: str


def annotate_comparison(
    comparison: Comparison,
    measures: tuple[MeasuredCells, MeasuredCells],
    cells: Iterable[Cell | Subject],
    categories: Categories,
) -> tuple[Annotation, ...]:
    """One for each test of the suites among the cells that shows something else, each once for all environments.

    A suite that changed in none of its tests has one without a file.
    """
    suites = {cell.id: cell for cell in cells if isinstance(cell, Suite)}
    found: dict[_Difference, list[int]] = {}
    for place, one in enumerate(comparison.pairs):
        before, after = measures[0].cells(one.pair.before), measures[1].cells(one.pair.after)
        for change in one.changes:
            if change.cell not in suites:
                continue
            samples = before.get(change.cell, ()), after.get(change.cell, ())
            level = _LEVELS.get(change.category, AnnotationLevel.WARNING)
            whole = _Difference(suite=change.cell, level=level, before=change.labels[0], after=change.labels[1])
            for difference in list(_find_tests(change.cell, samples, categories)) or [whole]:
                found.setdefault(difference, []).append(place)
    return tuple(
        _make_annotation(
            one, suites[one.suite], describe_pairs(comparison, places) if len(comparison.pairs) > 1 else ""
        )
        for one, places in found.items()
    )


def _find_tests(suite: str, samples: tuple[Samples, Samples], categories: Categories) -> Iterator[_Difference]:
    before, after = (describe_by_test(side, categories) for side in samples)
    for test in {**before, **after}:
        was, now = before.get(test, ""), after.get(test, "")
        if was != now:
            yield _Difference(
                suite=suite,
                test=test,
                level=_find_level(test, samples[1], categories) if now else AnnotationLevel.NOTICE,
                before=was or GONE,
                after=now or GONE,
            )


def describe_by_test(samples: Samples, categories: Categories) -> dict[str, str]:
    """Each test with an error, a leak or a warning, and what it was in how many of the samples."""
    tests = dict.fromkeys(test for verdict in samples for test in _list_tests(verdict))
    return {test: join_labels([_describe(verdict, test, categories) or GONE for verdict in samples]) for test in tests}


def _list_tests(verdict: Verdict) -> Iterator[str]:
    yield from (test for finding in verdict.findings for test in finding.tests)
    yield from (one.test for one in verdict.unnamed if one.test)


def _describe(verdict: Verdict, test: str, categories: Categories) -> str:
    """`loop-closed←different-loop, TypeError: …`."""
    findings = tuple(one for one in verdict.findings if test in one.tests)
    errors = tuple(one for one in findings if categories.get(one.signature) in ERRORS)
    found = [label(Verdict(status=Status.REPRODUCES, findings=errors or findings), categories)] if findings else []
    found += [one_line(f"{one.type}: {one.text}", _LONGEST) for one in verdict.unnamed if one.test == test]
    return ", ".join(found)


def _find_level(test: str, samples: Samples, categories: Categories) -> AnnotationLevel:
    """A leak or a warning fails no test."""
    names = {finding.signature for verdict in samples for finding in verdict.findings if test in finding.tests}
    failed = any(one.test == test for verdict in samples for one in verdict.unnamed)
    graver = failed or any(categories.get(name) in ERRORS for name in names)
    return AnnotationLevel.ERROR if graver else AnnotationLevel.WARNING


def _make_annotation(one: _Difference, suite: Suite, places: str) -> Annotation:
    found = find_test_line(suite.content, one.test) if one.test else None
    where = f" On {places}." if places else ""
    return Annotation(
        level=one.level,
        title=one_line(one.test or suite.id.removeprefix(PREFIX), _LONGEST),
        message=f"Now: {one.after}. Before: {one.before}.{where}",
        file=suite.folder / found[0] if found else None,
        line=found[1] if found else 0,
    )
