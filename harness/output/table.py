"""A table of texts, and three ways of showing it."""

from __future__ import annotations

import html
import re
import textwrap
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from harness.output.text import harmless, read_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Paint = Callable[[str], str]

Row = tuple[str, ...]
Alignment = Literal["left", "right"]
WIDTH = 100  # where there is no terminal
_GAP = 2  # between columns
_LONGEST_LINE = 100  # of what stands above and below a table, however wide the terminal
_NARROWEST = 30  # a column of prose
_DETAIL = 2  # columns by which details are indented
_BRACKETS = re.compile(r"\S+ \([^()\n]{1,28}\)")
_HARD_SPACE = "\xa0"
_EMPHASIS = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")  # inside a word, as in addresses, a Markdown underscore is plain


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Texts in rows. A row of one text is the heading of the group of rows that follows.

    `keys` columns on the left name what a row is about; they are left-aligned and repeated when the others don't fit
    side by side; then a block had better begin at one of the columns `starts`. The others are right-aligned unless
    `prose`. Texts may have several lines.
    """

    name: str  # key in JSON: "errors_by_environment"
    title: str
    headers: Row
    rows: tuple[Row, ...]
    exact: tuple[Row, ...] = ()  # the rows for pages and programs, where they hold more than fits a terminal
    details: tuple[str, ...] = ()  # one for each row or none at all: lines that are printed below it
    lead: str = ""  # printed above the rows
    note: str = ""  # printed below them
    commands: tuple[str, ...] = ()  # printed last, never folded: lines that can be pasted, and what they are
    keys: int = 1
    prose: bool = False
    starts: tuple[int, ...] = ()
    ranked: frozenset[int] = frozenset()
    """Numbers of rows that stand in the order of their sums, the highest first. Where the columns don't fit side by
    side, each block has an order of its own. A row that follows one and isn't among them goes where that one goes."""


def as_text(table: Table, width: int = WIDTH, paint: Paint = str) -> str:
    """For a terminal of `width` columns: a title, the table in as many blocks as it takes, a note.

    `paint` is called with each line of the rows, and may colour it.
    """
    table = _fit(table, width)
    readable = min(width, _LONGEST_LINE)
    title = wrap(table.title, width)
    parts = ["\n".join([*title, "═" * max(map(len, title), default=0), *wrap(table.lead, readable)])]
    if table.rows:
        parts += [_format_block(table, block, readable, paint) for block in _split_blocks(table, width)]
    if table.note:
        parts.append("\n".join(wrap(table.note, readable)))
    if table.commands:
        parts.append("\n".join(map(harmless, table.commands)))
    return "\n\n".join(parts) + "\n"


def as_markdown(table: Table, *, padded: bool = True) -> str:
    """For a page: a heading, a pipe table, the note. Nothing in it is markup but the table itself.

    `padded` lines up its columns for who reads it as text. That widens every row by the longest text, and a comment on
    GitHub may have 65,536 characters.
    """
    parts = [f"## {escape(table.title)}"]
    if table.lead:
        parts.append(escape(table.lead))
    if table.rows:
        columns = len(table.headers)
        rows = [
            [escape("\n".join(filter(None, (row[0], detail)))), *map(escape, row[1:])]
            if len(row) > 1
            else [f"**{escape(row[0])}**"] + [""] * (columns - 1)
            for row, detail in zip_longest(table.exact or table.rows, table.details, fillvalue="")
        ]
        headers = [escape(text) for text in table.headers]
        alignment = _choose_alignment(table, columns)
        draw = _line_up if padded else _remove_padding
        parts.append(draw(rows, headers, alignment))
    if table.note:
        parts.append(escape(table.note))
    if table.commands:
        parts.append("\n".join(("```", *(harmless(line).replace("`", "'") for line in table.commands), "```")))
    return "\n\n".join(parts) + "\n"


def _line_up(rows: Sequence[Sequence[str]], headers: Sequence[str], alignment: Sequence[Alignment]) -> str:
    """A pipe table in columns."""
    texts = [[text.strip() for text in row] for row in rows]
    widths = _find_widths([[header + " " * _GAP for header in headers], *texts])
    lines = ["|".join(f" {text} " for text in map(_pad, row, widths, alignment)) for row in (headers, *texts)]
    marks = "|".join(
        "-" * (wide + 1) + ":" if one == "right" else ":" + "-" * (wide + 1)
        for wide, one in zip(widths, alignment, strict=True)
    )
    return "\n".join(f"|{line}|" for line in (lines[0], marks, *lines[1:]))


def _remove_padding(rows: Sequence[Sequence[str]], headers: Sequence[str], alignment: Sequence[Alignment]) -> str:
    """A pipe table in as few characters as it takes."""
    lines = ["".join(f" {text.strip()} |" if text.strip() else " |" for text in row) for row in (headers, *rows)]
    marks = "".join("---:|" if one == "right" else ":---|" for one in alignment)
    return "\n".join(f"|{line}" for line in (lines[0], marks, *lines[1:]))


def as_data(table: Table) -> dict[str, Any]:
    """For JSON: each row names its group."""
    group = ""
    rows = []
    for row, detail in zip_longest(table.exact or table.rows, table.details, fillvalue=""):
        if len(row) == 1:
            group = row[0]
        else:
            named = {"group": group, "details": detail}
            rows.append({**{key: text for key, text in named.items() if text}, "texts": list(row)})
    return {"title": table.title, "lead": table.lead, "headers": list(table.headers), "rows": rows, "note": table.note}


def _fit(table: Table, width: int) -> Table:
    """Headings of groups folded to `width`, and prose's last column to what is left of it, as far as words allow."""
    full = [row for row in table.rows if len(row) > 1]
    room = width
    if table.prose and full:
        others = _find_widths([table.headers[:-1], *(row[:-1] for row in full)])
        room = max(_NARROWEST, width - _indent(table) - sum(others) - _GAP * len(others))
    rows = tuple(
        (*row[:-1], "\n".join(wrap(row[-1], width if len(row) == 1 else room))) if table.prose or len(row) == 1 else row
        for row in table.rows
    )
    return msgspec.structs.replace(table, rows=rows)


def fold_wide(table: Table, width: int) -> Table:
    """Its texts folded where not even one column beside the keys fits `width`, as with ids of cells on a phone.

    The last column of prose stays as it is: `as_text` folds it between words.
    """
    full = [row for row in table.rows if len(row) > 1]
    *keys, key = range(table.keys)
    wide = _find_widths([table.headers, *full])
    taken = _indent(table) + sum(wide[one] + _GAP for one in keys) + _GAP
    folded = table.prose and len(wide) > table.keys
    widest = max([*wide[table.keys : -1], min(wide[-1], _NARROWEST)] if folded else wide[table.keys :], default=0)
    if taken + wide[key] + widest <= width:
        return table
    other = min(widest, (width - taken) // 2)
    room = dict.fromkeys(range(len(table.headers)), other) | {one: wide[one] for one in keys}
    room[key] = width - taken - other
    if folded:
        room[len(table.headers) - 1] = wide[-1]
    rows = tuple(
        tuple(_break_id(text, room[column]) for column, text in enumerate(row)) if len(row) > 1 else row
        for row in (table.headers, *table.rows)
    )
    return msgspec.structs.replace(table, headers=rows[0], rows=rows[1:])


def _break_id(text: str, width: int) -> str:
    """In lines of at most `width`; an id is broken between its parts, where they fit a line."""
    piece_of_line = rf"[^\s/@,]{{1,{max(1, width - 1)}}}[\s/@,]?|[\s/@,]"
    lines: list[str] = []
    for whole in harmless(text).split("\n"):
        lines.append("")
        for piece in re.findall(piece_of_line, whole):
            if lines[-1] and len(lines[-1] + piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def wrap(text: str, width: int, *, start: str = "") -> list[str]:
    """Folded between words; short brackets stay together, and with the word that they are about.

    Each line begins with `start`, and those after the first two columns further right. A word that is longer than a
    line is broken.
    """
    further = f"{start}  " if start else ""
    lines = _BRACKETS.sub(lambda match: match[0].replace(" ", _HARD_SPACE), harmless(text)).splitlines()
    return [
        part.replace(_HARD_SPACE, " ")
        for line in lines
        for part in textwrap.wrap(line, width, initial_indent=start, subsequent_indent=further, break_on_hyphens=False)
    ]


def fold(text: str, width: int) -> list[str]:
    """The lines of a text, each folded with its own indentation. Empty lines stay."""
    return [
        part
        for line in text.splitlines()
        for part in wrap(line.lstrip(), width, start=line[: len(line) - len(line.lstrip())]) or [""]
    ]


def _split_blocks(table: Table, width: int) -> Iterator[list[int]]:
    """Column numbers of each block; a block has the key columns and at least one other."""
    wide = [_GAP + one for one in _find_widths([table.headers, *(row for row in table.rows if len(row) > 1)])]
    keys = list(range(table.keys))
    block: list[int] = []
    left = room = width - _indent(table) - sum(wide[: table.keys]) + _GAP
    for column in range(table.keys, len(table.headers)):
        # Columns that belong together go below together, even where the first of them would still fit.
        end = next((start for start in table.starts if start > column), len(table.headers))
        needed = sum(wide[column:end]) if column in table.starts else wide[column]
        if block and left < needed:
            yield keys + block
            block, left = [], room
        block.append(column)
        left -= wide[column]
    yield keys + block


def _format_block(table: Table, columns: Sequence[int], width: int, paint: Paint) -> str:
    """Group headings are put between the lines of the table, so that a long one doesn't widen a column."""
    chosen = {at: [harmless(row[one]).strip() for one in columns] for at, row in enumerate(table.rows) if len(row) > 1}
    headers = [[harmless(table.headers[column]).strip() for column in columns]] if any(table.headers) else []
    widths = _find_widths([*headers, *chosen.values()])
    alignment = _choose_alignment(table, len(columns))
    indent = " " * _indent(table)

    def draw(texts: Sequence[str]) -> Iterator[str]:
        for line in zip_longest(*(text.split("\n") for text in texts), fillvalue=""):
            yield f"{indent}{(' ' * _GAP).join(map(_pad, line, widths, alignment))}".rstrip()

    shown: list[str] = []
    for header in headers:
        shown += draw(header)
        shown.append(indent + (" " * _GAP).join("─" * wide for wide in widths))
    rows = list(zip_longest(table.rows, table.details, fillvalue=""))
    for at in _order_rows(table, columns):
        row, detail = rows[at]
        if at not in chosen:
            shown += [""] if shown else []
            shown.append(harmless(row[0]))
        else:
            shown += map(paint, draw(chosen[at]))
            for line in detail.splitlines():
                shown += wrap(line, width, start=indent + " " * _DETAIL)
    return "\n".join(shown)


def _order_rows(table: Table, columns: Sequence[int]) -> list[int]:
    """The numbers of the rows as they stand in a block of these columns."""

    def rank(part: Sequence[int]) -> int:
        row = table.rows[part[0]]
        return -sum(map(read_number, (row[column] for column in columns[table.keys :])))

    ordered: list[int] = []
    parts: list[list[int]] = []  # ranked rows that follow each other, each with those that go where it goes
    for at, row in enumerate(table.rows):
        if at in table.ranked:
            parts.append([at])
        elif parts and len(row) > 1:
            parts[-1].append(at)
        else:
            ordered += [*chain(*sorted(parts, key=rank)), at]
            parts = []
    return [*ordered, *chain(*sorted(parts, key=rank))]


def _pad(text: str, width: int, alignment: Alignment) -> str:
    return text.rjust(width) if alignment == "right" else text.ljust(width)


def _indent(table: Table) -> int:
    return 2 if any(len(row) == 1 for row in table.rows) else 0


def _find_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(line) for text in texts for line in text.split("\n")) for texts in zip(*rows, strict=True)]


def _choose_alignment(table: Table, columns: int) -> list[Alignment]:
    return ["left" if table.prose or column < table.keys else "right" for column in range(columns)]


def escape(text: str) -> str:
    """Text for a Markdown page and for a cell of a table there: none of it is markup."""
    text = re.sub(r"([\\`*|\[\]])", r"\\\1", html.escape(harmless(text), quote=False))
    text = _EMPHASIS.sub(lambda match: match[0].replace("_", r"\_"), text)
    return text.replace("\n", "<br>")
