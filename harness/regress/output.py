"""What came of a run as Markdown that fits where it goes: a comment on a pull request, or a job's summary.

Whatever comes from results or from the file of expected differences is text, never markup, and mentions nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.compare.formats import as_data as comparison_data
from harness.compare.formats import as_junit
from harness.compare.page import make_causes_section, make_cells_section, make_counts_section, make_pairs_section
from harness.output.annotations import Annotation, AnnotationLevel
from harness.output.explained import list_texts, make_explain_line
from harness.output.fitting import COMMENT, Section, escape_prose, fit_lines, fold_rows, make_row, mark_code
from harness.output.formats import Document
from harness.regress.judging import EXPECTED, KNOWN_UNSTABLE
from harness.regress.tables import conclude, describe_entry, list_notes, make_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.regress.judging import Judged


def as_document(judged: Judged) -> Document:
    """What came of the run in each format."""
    return Document(
        tables=lambda: make_tables(judged),
        page=lambda: make_page(judged),
        data=lambda: as_data(judged),
        junit=lambda: as_junit(judged.comparison),
        annotations=lambda: (make_title(judged), *judged.annotations),
        ending="\n".join(filter(None, (judged.cures, conclude(judged)))),
    )


def as_data(judged: Judged) -> dict[str, Any]:
    """For programs: the comparison, where `changed` counts what is not expected, and what became of the entries."""
    return comparison_data(judged.comparison) | {
        "compared": judged.compared,
        "expected": [msgspec.to_builtins(entry) | {"unused": entry.unused} for entry in judged.entries],
        "gone": judged.gone,
        "notes": judged.notes,
    }


def make_title(judged: Judged) -> Annotation:
    """How it ended, in a sentence, and what looks for cures."""
    return Annotation(
        level=AnnotationLevel.ERROR if judged.comparison.changed else AnnotationLevel.NOTICE,
        title=f"{judged.comparison.before} → {judged.comparison.after}",
        message="\n".join(filter(None, (conclude(judged), judged.cures))),
    )


def make_page(judged: Judged, room: int = COMMENT) -> str:
    """At most `room` bytes, which must be some thousands: sections are shortened, the later ones first."""
    return fit_lines(list(make_sections(judged)), room)


def make_sections(judged: Judged) -> Iterator[Section]:
    """In the order in which they are read."""
    comparison = judged.comparison
    sign = "❌" if comparison.changed else "✅"
    title = f"{comparison.before} → {comparison.after}"
    yield Section(head=f"### {sign} {conclude(judged)}\n\n{escape_prose(title)}\n\n")
    yield make_counts_section(comparison)
    if comparison.changed:
        yield make_causes_section(comparison)
        yield make_cells_section(comparison)
    yield make_pairs_section(comparison)
    if judged.entries:
        rows = [make_row([str(one.number), one.reason, one.until, describe_entry(one)]) for one in judged.entries]
        excused = f"in {judged.expected}: {len(judged.aside(EXPECTED)):,} differences excused"
        yield fold_rows("entry", rows, ("", "reason", "until", "here"), excused, plural="entries")
    unstable = sorted({(left.change.cell, left.why) for left in judged.aside(KNOWN_UNSTABLE)})
    if unstable:
        yield fold_rows(
            "cell", [make_row([mark_code(cell), why]) for cell, why in unstable], ("cell", "why"), "known unstable"
        )
    remarks = [f"- {escape_prose(note)}\n" for note in list_notes(judged)]
    if remarks:
        yield Section(head="\n**Notes**\n\n", lines=remarks, noun="note")
    if explained := make_explain_line(list_texts(make_tables(judged)), mark="`"):
        yield Section(head=f"\n{explained}\n")
    if judged.cures:
        yield Section(head=f"\n```\n{judged.cures}\n```\n")
