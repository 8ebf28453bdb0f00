"""A comparison in one sentence, for the first line, a commit's message or a pull request's title."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness.compare.model import ChangeKind
from harness.compare.suite_answers import answer_for_suite, find_pairs
from harness.output.text import count, one_line
from harness.suites.suite import PREFIX, is_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.analysis.suites import SuiteView
    from harness.compare.model import Comparison, PairComparison


def summarize(
    comparison: Comparison, values: Callable[[str], Mapping[str, str]], suites: Sequence[SuiteView] = ()
) -> str:
    """`2 of 6 tests changed.` of each of the suites, then what became of the cells, if any were compared."""
    answers = [
        f"{f'{one_line(suite.cell.removeprefix(PREFIX), 60)}: ' if len(suites) > 1 else ''}"
        f"{answer_for_suite(comparison, suite)}"
        for suite in suites
    ]
    cells = _leave_out(comparison, suites)
    if not suites or any(map(_count_compared, cells.pairs)):
        answers.append(_summarize_cells(cells, values) or ("No cell changed." if suites else "Nothing changed."))
    return " ".join(answers)


def _summarize_cells(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> str:
    """`3,397 cells are the same, 155 changed, 154 of them with loop_scope=fixture_scope_ini.` Empty if nothing changed.

    Named is the value that most of the changed cells have, if it is at least half of them and of all that have it, and
    if fewer than half of the compared cells have it. Cells in several pairs of environments are outcomes.
    """
    if not comparison.changed:
        return ""
    what = "cell" if sum(bool(_count_compared(one)) for one in comparison.pairs) == 1 else "outcome"
    same = sum(number for one in comparison.pairs for kind, number in one.counts if kind is ChangeKind.SAME)
    verb = "is" if same == 1 else "are"
    return f"{count(same, what)} {verb} the same, {comparison.changed:,} changed{_find_common(comparison, values)}."


def _leave_out(comparison: Comparison, suites: Sequence[SuiteView]) -> Comparison:
    """The comparison without these suites."""
    names = {suite.cell for suite in suites}
    compared = [find_pairs(comparison, suite) for suite in suites]
    pairs = []
    for place, one in enumerate(comparison.pairs):
        changed = [change.category for change in one.changes if change.cell in names]
        gone = Counter(changed)
        gone[ChangeKind.SAME] = sum(place in each for each in compared) - len(changed)
        counts = tuple((kind, number - gone[kind]) for kind, number in one.counts)
        changes = tuple(change for change in one.changes if change.cell not in names)
        pairs.append(msgspec.structs.replace(one, counts=counts, changes=changes))
    return msgspec.structs.replace(comparison, pairs=tuple(pairs))


def _find_common(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> str:
    cells = [change.cell for one in comparison.pairs for change in one.changes]
    if not cells or any(map(is_suite, cells)):
        return ""
    compared: Counter[tuple[str, str]] = Counter()
    for one in comparison.pairs:
        compared.update({(axis, value): number for axis, value, number in one.values})
    everything = sum(map(_count_compared, comparison.pairs))
    changed = Counter(item for cell in cells for item in values(cell).items())
    named = [
        (number, item)
        for item, number in changed.items()
        if 2 * number >= max(compared[item], len(cells)) and 2 * compared[item] < everything
    ]
    if not named:
        return ""
    number, (axis, value) = max(named)
    return f", {'all' if number == len(cells) else f'{number:,} of them'} with {axis}={value}"


def _count_compared(one: PairComparison) -> int:
    return sum(number for _, number in one.counts) if one.pair.before and one.pair.after else 0
