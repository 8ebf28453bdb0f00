"""A comparison in one sentence, for the first line, a commit's message or a pull request's title."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.compare.model import ChangeKind
from harness.output.text import count
from harness.suites.suite import is_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.compare.model import Comparison


def summarize(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> str:
    """`3,397 cells are the same, 155 changed, 154 of them with loop_scope=fixture_scope_ini.`

    Named is the value that most of the changed cells have, if it is at least half of them and of all that have it.
    """
    if not comparison.changed:
        return "Nothing changed."
    same = sum(number for one in comparison.pairs for kind, number in one.counts if kind is ChangeKind.SAME)
    verb = "is" if same == 1 else "are"
    return f"{count(same, 'cell')} {verb} the same, {comparison.changed:,} changed{_find_common(comparison, values)}."


def _find_common(comparison: Comparison, values: Callable[[str], Mapping[str, str]]) -> str:
    cells = [change.cell for one in comparison.pairs for change in one.changes]
    if not cells or any(map(is_suite, cells)):
        return ""
    compared: Counter[tuple[str, str]] = Counter()
    for one in comparison.pairs:
        compared.update({(axis, value): number for axis, value, number in one.values})
    changed = Counter(item for cell in cells for item in values(cell).items())
    named = [(number, item) for item, number in changed.items() if 2 * number >= max(compared[item], len(cells))]
    if not named:
        return ""
    number, (axis, value) = max(named)
    return f", {'all' if number == len(cells) else f'{number:,} of them'} with {axis}={value}"
