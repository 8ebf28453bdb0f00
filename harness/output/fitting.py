"""Markdown that fits where it goes: a comment on a pull request, or the summary of a job.

Whatever comes from results is text, never markup, and mentions nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.output.table import escape
from harness.output.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.output.table import Table

COMMENT = 65_536
"""Characters that GitHub accepts in a comment; bytes are counted here, which are never fewer."""

SUMMARY = 2**20
"""Bytes that GitHub accepts in the summary of one step."""

_QUOTED = re.compile(r"\\`(.+?)\\`")  # as `escape` writes it
_JOINER = "\N{WORD JOINER}"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Lines that may be left out from the end on, between some that may not."""

    head: str
    lines: Sequence[str] = ()
    noun: str = ""  # what a line is: "cell"
    tail: str = ""
    rest: str = "`--format json` has all"  # where the lines are that are left out

    def with_lines(self, number: int) -> str:
        """The section with its first lines; and how many are left out."""
        left = len(self.lines) - number
        more = f"\n… {count(left, self.noun)} left out here; {self.rest}.\n" if left else ""
        return self.head + "".join(self.lines[:number]) + more + self.tail


def fit_lines(parts: Sequence[Section], room: int) -> str:
    """The sections with as many of their lines as there is room for, from the first section on.

    That is at most `room` bytes, which must be some thousands.
    """
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


def fold_rows(
    noun: str, rows: Sequence[str], headers: Iterable[str], what: str, *, plural: str = "", rest: str = Section.rest
) -> Section:
    """A table that is unfolded by a click on how many rows it has."""
    number = f"{len(rows):,} {noun if len(rows) == 1 else plural or noun + 's'}"
    return Section(
        head=f"\n<details><summary>{escape_prose(f'{number} {what}')}</summary>\n\n{make_header(headers)}",
        lines=rows,
        noun=noun,
        tail="\n</details>\n",
        rest=rest,
    )


def make_table_section(table: Table, rest: str) -> Section:
    """A table, its rows as far as there is room for them."""
    lead = f"{_escape_lines(table.lead)}\n\n" if table.lead else ""
    note = f"\n{_escape_lines(table.note)}\n" if table.note else ""
    return Section(
        head=f"\n**{escape_prose(table.title)}**\n\n{lead}{make_header(table.headers)}",
        lines=[_make_table_row(row, len(table.headers)) for row in table.rows],
        noun="row",
        tail=note,
        rest=rest,
    )


def _make_table_row(row: Sequence[str], columns: int) -> str:
    if len(row) == 1:
        return make_row([Code(f"**{escape_prose(row[0])}**"), *[""] * (columns - 1)])
    return make_row([Code(_escape_lines(text)) for text in row])


def _escape_lines(text: str) -> str:
    """Lines, in which what stands between backquotes has the letters of code."""
    return "<br>".join(_QUOTED.sub(r"<code>\1</code>", escape_prose(line)) for line in text.split("\n"))


def make_header(headers: Iterable[str]) -> str:
    """The first two lines of a table."""
    names = list(headers)
    return make_row(names) + "|" + " --- |" * len(names) + "\n"


def make_row(texts: Iterable[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(text if isinstance(text, Code) else escape_prose(text) for text in texts) + " |\n"


class Code(str):
    """Markup already."""

    __slots__ = ()


def mark_code(text: str) -> Code:
    """A cell's id in the letters of code."""
    return Code(f"<code>{escape(one_line(text))}</code>")


def escape_prose(text: str) -> str:
    """On one line, nothing in it being markup, and nobody named after an @ being notified."""
    return escape(one_line(text, 600)).replace("@", f"@{_JOINER}").replace("~", r"\~")
