"""What became of the tests of a suite that is no cell, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.suite_tests import NOT_RUN, UNNAMED, WITHOUT_TESTS
from harness.compare.model import ChangeKind
from harness.compare.test_changes import find_changed_tests
from harness.output.text import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.analysis.suite_tests import OutcomeOfTest
    from harness.analysis.suites import SuiteView
    from harness.compare.model import CellChange, Comparison

_NOT_COMPARED = frozenset({ChangeKind.MISSING, ChangeKind.INEXPRESSIBLE, ChangeKind.EXPRESSIBLE})
_Pairs = dict[int, tuple[str, str]]  # place in `Comparison.pairs` → digests of the environments


def answer_for_suite(comparison: Comparison, suite: SuiteView) -> str:
    """`The same 3 tests fail on both.`, `2 of 6 tests changed.`"""
    pairs = find_pairs(comparison, suite)
    changes = {place: change for place in pairs if (change := _find_change(comparison, place, suite))}
    left_out = [place for place, change in changes.items() if change.category in _NOT_COMPARED]
    here = {place: digests for place, digests in pairs.items() if place not in left_out}
    if not here:
        return "It was not measured on both sides, so nothing was compared."
    changed = {one.test for one in find_changed_tests(comparison, [suite]) if one.pair in here} - {WITHOUT_TESTS}
    wholly = [change for place, change in changes.items() if place in here]
    if changed:
        answer = _describe_changed(suite, here, changed)
    elif wholly:
        answer = _describe_whole(wholly)
    else:
        answer = _describe_same(suite, here)
    if left_out:
        answer += f" In {len(left_out):,} of {len(pairs):,} pairs of environments it was not measured on both sides."
    return answer


def find_pairs(comparison: Comparison, suite: SuiteView) -> _Pairs:
    """The pairs of environments in both of which it has outcomes."""
    columns = zip(suite.grid.columns, suite.samples, strict=True)
    ran = {column.environment.digest for column, samples in columns if samples}
    return {
        place: (one.pair.before.digest, one.pair.after.digest)
        for place, one in enumerate(comparison.pairs)
        if one.pair.before and one.pair.after and {one.pair.before.digest, one.pair.after.digest} <= ran
    }


def _find_change(comparison: Comparison, place: int, suite: SuiteView) -> CellChange | None:
    return next((change for change in comparison.pairs[place].changes if change.cell == suite.cell), None)


def _describe_changed(suite: SuiteView, pairs: _Pairs, changed: Collection[str]) -> str:
    tests = [test for test in _list_seen(suite, pairs) if _is_test(test)]
    files = [one for one in changed if not _is_test(one)]
    number = len(changed) - len(files)
    parts = [f"{number:,} of {count(len(tests), 'test')} changed"] if number else []
    parts += (
        [f"{count(len(files), 'file')} {'is' if len(files) == 1 else 'are'} not collected as before"] if files else []
    )
    where = f" in at least one of {len(pairs):,} pairs of environments" if len(pairs) > 1 else ""
    return f"{', '.join(parts)}{where}."


def _describe_whole(changes: Iterable[CellChange]) -> str:
    """Of a suite of which something else than the outcome of a test changed."""
    changed = [change for change in changes if change.category is not ChangeKind.UNSTABLE]
    if not changed:
        return "No test changed, but not all runs of the suite show the same."
    labels = {" → ".join(change.labels) for change in changed}
    return f"No test changed, but the suite as a whole did{f': {labels.pop()}' if len(labels) == 1 else ''}."


def _describe_same(suite: SuiteView, pairs: _Pairs) -> str:
    failing = {frozenset(_list_failing(suite, digests)) for digests in pairs.values()}
    if len(failing) > 1:
        return "Nothing changed: in each pair of environments the same fails on both sides."
    found = failing.pop()
    seen = [one for test in _list_seen(suite, pairs) for one in _list_outcomes(suite, test, pairs)]
    if not found:
        ended = bool(seen) and all(one.rank > NOT_RUN for one in seen)
        return "Nothing changed: no test fails." if ended else "Nothing changed."
    where = "on both" if len(pairs) == 1 else "everywhere"
    files = [one for one in found if not _is_test(one)]
    number = len(found) - len(files)
    parts = [f"same {_count_some(number, 'test')} {'fails' if number == 1 else 'fail'}"] if number else []
    parts += [f"same {_count_some(len(files), 'file')} can't be collected"] if files else []
    unsteady = any(one.rank > UNNAMED for test in found for one in _list_outcomes(suite, test, pairs))
    return f"The {' and the '.join(parts)} {where}{', but not in every run' if unsteady else ''}."


def _count_some(number: int, what: str) -> str:
    return what if number == 1 else count(number, what)


def _is_test(name: str) -> bool:
    """Whether it is the name of a test; files that can't be collected have names too."""
    return "::" in name


def _list_seen(suite: SuiteView, pairs: _Pairs) -> list[str]:
    """Tests and files that were met in one of these environments."""
    return [test for test in suite.seen if test != WITHOUT_TESTS and _list_outcomes(suite, test, pairs)]


def _list_outcomes(suite: SuiteView, test: str, pairs: _Pairs) -> list[OutcomeOfTest]:
    became = suite.seen[test]
    digests = dict.fromkeys(digest for both in pairs.values() for digest in both)
    return [one for digest in digests for one in became.get(digest, ())]


def _list_failing(suite: SuiteView, digests: tuple[str, str]) -> list[str]:
    """What fails in any run in these environments."""
    return [
        test
        for test, became in suite.seen.items()
        if test != WITHOUT_TESTS and any(one.rank <= UNNAMED for digest in digests for one in became.get(digest, ()))
    ]
