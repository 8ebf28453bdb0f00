"""A comparison in one sentence, for the first line, a commit's message or a pull request's title."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.compare.model import ChangeKind
from harness.output.text import count
from harness.suites.suite import is_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.compare.model import Comparison, PairComparison


def summarize(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> str:
    """`3,397 cells are the same, 155 changed, 154 of them with loop_scope=fixture_scope_ini.`

    Named is the value that most of the changed cells have, if it is at least half of them and of all that have it, and
    if fewer than half of the compared cells have it. Cells in several pairs of environments are outcomes.
    """
    if not comparison.changed:
        return "Nothing changed."
    what = "cell" if sum(bool(_count_compared(one)) for one in comparison.pairs) == 1 else "outcome"
    same = sum(number for one in comparison.pairs for kind, number in one.counts if kind is ChangeKind.SAME)
    verb = "is" if same == 1 else "are"
    return f"{count(same, what)} {verb} the same, {comparison.changed:,} changed{_find_common(comparison, values)}."


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
