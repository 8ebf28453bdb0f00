"""What came of a run against its baseline, as tables for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.compare.tables import causes_table, cells_table, counts_table, pairs_table
from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.regress.judging import BY_NATURE, EVERY_CELL, EXPECTED, NOT_MEASURED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.regress.expected import EntryStatus
    from harness.regress.judging import Judged

EXAMPLES = 3


def tables(judged: Judged) -> tuple[Table, ...]:
    """All that there is to say, in the order in which it is read."""
    comparison = judged.comparison
    found = [pairs_table(comparison), counts_table(comparison)]
    if comparison.changed:
        found += [causes_table(comparison), cells_table(comparison)]
    if judged.entries:
        found.append(entries_table(judged))
    if judged.aside(BY_NATURE):
        found.append(nature_table(judged))
    said = "\n".join(notes(judged))
    if said:
        found.append(Table(name="notes", title="Besides", headers=(), rows=(), note=said))
    return tuple(found)


def conclusion(judged: Judged) -> str:
    """`3 of 43 outcomes differ from the baseline and are not expected.`"""
    changed, compared = judged.comparison.changed, judged.compared
    excused = {"expected": len(judged.aside(EXPECTED)), "unstable by nature": len(judged.aside(BY_NATURE))}
    less = ", ".join(f"{number:,} {what}" for what, number in excused.items() if number)
    unmeasured = len(judged.aside(NOT_MEASURED))
    rest = f" ({less} besides)" if less else ""
    lost = f" {count(unmeasured, 'outcome')} could not be held against anything." if unmeasured else ""
    if not changed:
        said = "differs" if not less else "differs unexpectedly"
        return f"None of {count(compared, 'outcome')} {said} from the baseline{rest}.{lost}"
    verb = "differs" if changed == 1 else "differ"
    return f"{changed:,} of {count(compared, 'outcome')} {verb} from the baseline unexpectedly{rest}.{lost}"


def became(entry: EntryStatus) -> str:
    """`excuses 3 differences`, `expired`, `unused`."""
    said = []
    if entry.excused:
        said.append(f"excuses {count(entry.excused, 'difference')}")
    if entry.expired:
        said.append("expired" + (f", no longer excuses {count(entry.late, 'difference')}" if entry.late else ""))
    return "; ".join(said) or "unused: nothing here is what it expects"


def entries_table(judged: Judged) -> Table:
    """What became of each entry of the file of expected differences."""
    rows: list[Row] = []
    for entry in judged.entries:
        rows.append((f"entry {entry.number}: {one_line(entry.reason)}",))
        rows += [("until", one_line(entry.until)), ("here", became(entry))]
    return Table(
        name="expected",
        title=f"Expected in {judged.expected}",
        headers=("", ""),
        rows=tuple(rows),
        prose=True,
    )


def nature_table(judged: Judged) -> Table:
    """Cells that differ because they are left to chance, by the reason."""
    cells = Counter((left.why, left.change.cell) for left in judged.aside(BY_NATURE))
    rows: list[Row] = []
    for why in dict.fromkeys(why for why, _ in cells):
        rows.append((one_line(why, 400),))
        rows += [(one_line(cell), count(number, "time")) for (of, cell), number in cells.items() if of == why]
    return Table(
        name="by_nature",
        title="Left to chance by nature (scenarios/unstable.toml)",
        headers=("cell", "differs"),
        rows=tuple(rows),
        prose=True,
    )


def notes(judged: Judged) -> Iterator[str]:
    """A line each."""
    changed = [change.cell for one in judged.comparison.pairs for change in one.changes]
    if not {*changed, *(left.change.cell for left in judged.aside())}.isdisjoint(EVERY_CELL.values()):
        yield "“Every cell” counts as one: what all cells of an environment are warned of or leave is no cell's own."
    yield from judged.notes
    if judged.gone:
        more = f" … and {len(judged.gone) - EXAMPLES:,} more" if len(judged.gone) > EXAMPLES else ""
        listed = ", ".join(one_line(cell) for cell in judged.gone[:EXAMPLES])
        yield f"{count(len(judged.gone), 'cell')} no longer in the catalogue, not run: {listed}{more}"
