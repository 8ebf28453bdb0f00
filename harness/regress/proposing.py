"""Entries for the file of expected differences, one for each group of differences that nothing excuses.

They are a draft: each reason is empty, and the file isn't read before a person has written them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import tomlkit
from packaging.version import Version

from harness.compare.model import ChangeKind
from harness.output.text import count
from harness.regress.expected import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tomlkit.items import Table

    from harness.compare.model import Comparison, Group, Pair

NAME = "proposed.toml"

LASTS = timedelta(days=90)
"""How long an entry excuses unless a person writes another end."""

HEAD = (
    "Differences that nothing excuses yet. Write why each is expected, change its end where another is better,",
    "and put what remains into expected.toml. An entry without a reason is refused.",
)


def propose_entries(comparison: Comparison, today: date) -> str:
    """The file. What it proposes excuses all the changes of the comparison, once the reasons are written."""
    document = tomlkit.document()
    for line in HEAD:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    entries = tomlkit.aot()
    for group in comparison.groups:
        entries.append(_make_entry(group, [comparison.pairs[place].pair for place in group.pairs], today))
    document.append("difference", entries)
    return tomlkit.dumps(document)


def _make_entry(group: Group, pairs: Sequence[Pair], today: date) -> Table:
    entry = tomlkit.table()
    entry.add(tomlkit.comment(f"{count(len(group.cells), 'cell')} in {count(len(group.pairs), 'environment')}"))
    if group.common:
        entry.add("select", " and ".join(f"{axis}={values}" for axis, values in group.common))
    else:
        cells = tomlkit.array()
        cells.extend(group.cells)
        entry.add("cells", cells.multiline(multiline=len(group.cells) > 1))
    if versions := _list_versions(pairs):
        table = tomlkit.inline_table()
        table.update(versions)
        entry.add("versions", table)
    own, other = ("before", "after") if group.category is ChangeKind.DISAPPEARED else ("after", "before")
    entry.add(own, group.label)
    if len(group.opposite) == 1:
        entry.add(other, group.opposite[0][0])
    entry.add("reason", "")
    entry.add("until", f"{today + LASTS}")
    return entry


def _list_versions(pairs: Iterable[Pair]) -> dict[str, str]:
    """The versions of what was asked for, in the environments that were run: from the oldest to the newest."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        for drift in pair.asked:
            found.setdefault(drift.package, set()).add(drift.after)
    return {package: _write_range(package, versions) for package, versions in found.items() if all(versions)}


def _write_range(package: str, versions: Iterable[str]) -> str:
    ordered = sorted(versions, key=Version)
    if package == PYTHON and len({Version(one).release[:2] for one in ordered}) == 1:
        return "==" + ".".join(map(str, Version(ordered[0]).release[:2])) + ".*"
    return f"=={ordered[0]}" if len(ordered) == 1 else f">={ordered[0]},<={ordered[-1]}"
