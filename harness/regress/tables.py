"""What came of a run against its baseline, as tables for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.compare.tables import make_causes_table, make_cells_table, make_counts_table, make_pairs_table
from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.regress.judging import EVERY_CELL, EXPECTED, KNOWN_UNSTABLE, NOT_MEASURED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.regress.expected import EntryStatus
    from harness.regress.judging import Judged

EXAMPLES = 3


def make_tables(judged: Judged) -> tuple[Table, ...]:
    """All tables, in the order in which they are read."""
    comparison = judged.comparison
    found = [make_pairs_table(comparison), make_counts_table(comparison)]
    if comparison.changed:
        found += [make_causes_table(comparison), make_cells_table(comparison)]
    if judged.entries:
        found.append(make_entries_table(judged))
    if judged.aside(KNOWN_UNSTABLE):
        found.append(make_unstable_table(judged))
    remarks = "\n".join(list_notes(judged))
    if remarks:
        found.append(Table(name="notes", title="Notes", headers=(), rows=(), note=remarks))
    return tuple(found)


def conclude(judged: Judged) -> str:
    """`3 of 43 outcomes differ from the baseline and are not expected.`"""
    changed, compared = judged.comparison.changed, judged.compared
    excused = {"expected": len(judged.aside(EXPECTED)), "known unstable": len(judged.aside(KNOWN_UNSTABLE))}
    less = ", ".join(f"{number:,} {what}" for what, number in excused.items() if number)
    unmeasured = len(judged.aside(NOT_MEASURED))
    rest = f" ({less})" if less else ""
    lost = f" {count(unmeasured, 'outcome')} could not be compared." if unmeasured else ""
    if not changed:
        verb = "differs" if not less else "differs unexpectedly"
        return f"None of {count(compared, 'outcome')} {verb} from the baseline{rest}.{lost}"
    verb = "differs" if changed == 1 else "differ"
    return f"{changed:,} of {count(compared, 'outcome')} {verb} from the baseline unexpectedly{rest}.{lost}"


def describe_entry(entry: EntryStatus) -> str:
    """`excuses 3 differences`, `expired`, `unused`."""
    parts = []
    if entry.excused:
        parts.append(f"excuses {count(entry.excused, 'difference')}")
    if entry.expired:
        parts.append("expired" + (f", no longer excuses {count(entry.late, 'difference')}" if entry.late else ""))
    return "; ".join(parts) or "unused: nothing here is what it expects"


def make_entries_table(judged: Judged) -> Table:
    """What became of each entry of the file of expected differences."""
    rows: list[Row] = []
    for entry in judged.entries:
        rows.append((f"entry {entry.number}: {one_line(entry.reason)}",))
        rows += [("until", one_line(entry.until)), ("here", describe_entry(entry))]
    return Table(
        name="expected",
        title=f"Expected in {judged.expected}",
        headers=("", ""),
        rows=tuple(rows),
        prose=True,
    )


def make_unstable_table(judged: Judged) -> Table:
    """Cells that are known to vary from run to run, by the reason."""
    cells = Counter((left.why, left.change.cell) for left in judged.aside(KNOWN_UNSTABLE))
    rows: list[Row] = []
    for why in dict.fromkeys(why for why, _ in cells):
        rows.append((one_line(why, 400),))
        rows += [(one_line(cell), count(number, "time")) for (of, cell), number in cells.items() if of == why]
    return Table(
        name="known_unstable",
        title="Known unstable (scenarios/unstable.toml)",
        headers=("cell", "differs"),
        rows=tuple(rows),
        prose=True,
    )


def list_notes(judged: Judged) -> Iterator[str]:
    """A line each."""
    changed = [change.cell for one in judged.comparison.pairs for change in one.changes]
    if not {*changed, *(left.change.cell for left in judged.aside())}.isdisjoint(EVERY_CELL.values()):
        yield "“Every cell” counts as one: warnings and leaks common to all cells of an environment are no cell's own."
    yield from judged.notes
    if judged.gone:
        more = f" … and {len(judged.gone) - EXAMPLES:,} more" if len(judged.gone) > EXAMPLES else ""
        listed = ", ".join(one_line(cell) for cell in judged.gone[:EXAMPLES])
        yield f"{count(len(judged.gone), 'cell')} no longer in the catalogue, not run: {listed}{more}"
