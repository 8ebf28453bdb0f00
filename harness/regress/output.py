"""What came of a run as Markdown that fits where it goes: a comment on a pull request, or a job's summary.

Whatever comes from results or from the file of expected differences is text, never markup, and mentions nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from harness.compare.formats import as_data as comparison_data
from harness.compare.formats import as_junit
from harness.compare.model import ChangeKind
from harness.compare.tables import describe, describe_pairs, make_counts_table, make_heading
from harness.output.explained import list_texts, make_explain_line
from harness.output.formats import Document
from harness.output.table import escape
from harness.output.text import count, one_line
from harness.regress.judging import EXPECTED, KNOWN_UNSTABLE
from harness.regress.tables import conclude, describe_entry, list_notes, make_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.compare.model import CellChange, Comparison, Drift, Group
    from harness.regress.judging import Judged

COMMENT = 65_536
"""Characters that GitHub accepts in a comment; bytes are counted here, which are never fewer."""

SUMMARY = 2**20
"""Bytes that GitHub accepts in the summary of one step."""

_JOINER = "\N{WORD JOINER}"


def as_document(judged: Judged) -> Document:
    """What came of the run in each format."""
    return Document(
        tables=lambda: make_tables(judged),
        page=lambda: make_page(judged),
        data=lambda: as_data(judged),
        junit=lambda: as_junit(judged.comparison),
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


@dataclass(frozen=True, kw_only=True)
class Section:
    """Lines that may be left out from the end on, between some that may not."""

    head: str
    lines: Sequence[str]
    noun: str  # what a line is: "cell"
    tail: str = ""

    def with_lines(self, number: int) -> str:
        """The section with its first lines; and how many are left out."""
        left = len(self.lines) - number
        more = f"\n… {count(left, self.noun)} left out here; `--format json` has all.\n" if left else ""
        return self.head + "".join(self.lines[:number]) + more + self.tail


def make_page(judged: Judged, room: int = COMMENT) -> str:
    """At most `room` bytes, which must be some thousands: sections are shortened, the later ones first."""
    return fit_lines(list(make_sections(judged)), room)


def fit_lines(parts: Sequence[Section], room: int) -> str:
    """The sections with as many of their lines as there is room for, from the first section on."""
    left = room - sum(_measure(part.with_lines(0)) for part in parts)
    texts = []
    for part in parts:
        number = 0
        for line in part.lines:
            left -= _measure(line)
            if left < 0:
                break
            number += 1
        texts.append(part.with_lines(number))
    return "".join(texts)


def _measure(text: str) -> int:
    return len(text.encode())


def make_sections(judged: Judged) -> Iterator[Section]:
    """In the order in which they are read."""
    comparison = judged.comparison
    sign = "❌" if comparison.changed else "✅"
    title = f"{comparison.before} → {comparison.after}"
    yield Section(head=f"### {sign} {conclude(judged)}\n\n{escape_prose(title)}\n\n", lines=(), noun="")
    yield _make_counts(comparison)
    if comparison.changed:
        yield Section(
            head="\n**What changed, and what the cells have in common**\n\n",
            lines=[_make_cause(comparison, group) for group in comparison.groups],
            noun="cause",
        )
        places = ("where",) if len(comparison.pairs) > 1 else ()
        yield _fold("cell", list(_make_cells(comparison)), ("cell", "what", "before", "now", *places), "that changed")
    yield _fold(
        "pair",
        [
            _make_row([make_heading(one.pair), _describe_drifts(one.pair.asked), _describe_drifts(one.pair.drift)])
            for one in comparison.pairs
        ],
        ("environments", "compared", "also differs"),
        "of environments",
    )
    if judged.entries:
        rows = [_make_row([str(one.number), one.reason, one.until, describe_entry(one)]) for one in judged.entries]
        excused = f"in {judged.expected}: {len(judged.aside(EXPECTED)):,} differences excused"
        yield _fold("entry", rows, ("", "reason", "until", "here"), excused, plural="entries")
    unstable = sorted({(left.change.cell, left.why) for left in judged.aside(KNOWN_UNSTABLE)})
    if unstable:
        yield _fold(
            "cell", [_make_row([mark_code(cell), why]) for cell, why in unstable], ("cell", "why"), "known unstable"
        )
    remarks = [f"- {escape_prose(note)}\n" for note in list_notes(judged)]
    if remarks:
        yield Section(head="\n**Notes**\n\n", lines=remarks, noun="note")
    if explained := make_explain_line(list_texts(make_tables(judged)), mark="`"):
        yield Section(head=f"\n{explained}\n", lines=(), noun="")
    if judged.cures:
        yield Section(head=f"\n```\n{judged.cures}\n```\n", lines=(), noun="")


def _make_counts(comparison: Comparison) -> Section:
    table = make_counts_table(comparison)
    rows = ["".join(_make_row(row)) for row in table.rows]
    return Section(
        head=_make_header([text.replace("\n", " ") for text in table.headers]),
        lines=rows,
        noun="pair",
    )


def _make_cause(comparison: Comparison, group: Group) -> str:
    others = " · ".join(one_line(label, 120) for label, _ in group.opposite[:3])
    places = f" ({escape_prose(describe_pairs(comparison, group.pairs))})" if len(comparison.pairs) > 1 else ""
    what = ", ".join(category.value for category, _ in group.categories)
    opposite = "now" if group.category is ChangeKind.DISAPPEARED else "before"
    return f"- {escape_prose(describe(group))}{places} — {what}, {opposite} {escape_prose(others)}\n"


def _make_cells(comparison: Comparison) -> Iterator[str]:
    found: dict[CellChange, list[int]] = {}
    for place, one in enumerate(comparison.pairs):
        for change in one.changes:
            found.setdefault(change, []).append(place)
    for change, places in sorted(found.items(), key=lambda one: (one[0].category, one[0].cell, one[0].labels)):
        labels = [one_line(text, 120) for text in change.labels]
        there = [describe_pairs(comparison, places)] if len(comparison.pairs) > 1 else []
        yield _make_row([mark_code(change.cell), change.category.value, *labels, *there])


def _fold(noun: str, rows: Sequence[str], headers: Iterable[str], what: str, plural: str = "") -> Section:
    number = f"{len(rows):,} {noun if len(rows) == 1 else plural or noun + 's'}"
    return Section(
        head=f"\n<details><summary>{escape_prose(f'{number} {what}')}</summary>\n\n{_make_header(headers)}",
        lines=rows,
        noun=noun,
        tail="\n</details>\n",
    )


def _make_header(headers: Iterable[str]) -> str:
    names = list(headers)
    return _make_row(names) + "|" + " --- |" * len(names) + "\n"


def _make_row(texts: Iterable[str]) -> str:
    return "| " + " | ".join(text if isinstance(text, Code) else escape_prose(text) for text in texts) + " |\n"


def _describe_drifts(drift: Iterable[Drift]) -> str:
    return ", ".join(map(str, drift)) or "–"


class Code(str):
    """Markup already."""

    __slots__ = ()


def mark_code(text: str) -> Code:
    """A cell's id in the letters of code."""
    return Code(f"<code>{escape(one_line(text))}</code>")


def escape_prose(text: str) -> str:
    """On one line, nothing in it being markup, and nobody named after an @ being notified."""
    return escape(one_line(text, 600)).replace("@", f"@{_JOINER}").replace("~", r"\~")
