"""The line with which an output ends that names errors: the command that explains them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from harness.invocation import command_line
from harness.output.table import as_markdown
from harness.verdicts.signatures import SignatureCategory, load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.output.table import Table

_MOST = 4  # names beside the one in the command
_ORDER = tuple(SignatureCategory)
_WORD = re.compile(r"(?<![\w/=@`.-])[\w-]+(?![\w/=`-])")  # not in a cell's id, a path or a command


def find_names(lines: Iterable[str]) -> list[str]:
    """The signatures that are named in the lines: errors before leaks and warnings, then those named most often.

    The lines have to be labels and the like: in prose, `hang` and `crash` are words.
    """
    categories = load_categories()
    named = Counter(word for line in lines for word in _WORD.findall(line) if word in categories)
    return sorted(named, key=lambda name: (_ORDER.index(categories[name]), -named[name]))


def list_texts(tables: Iterable[Table | None]) -> list[str]:
    """What stands in the rows of tables."""
    return [text for table in tables if table for row in table.rows if len(row) > 1 for text in row]


def make_explain_line(lines: Iterable[str], mark: str = "") -> str:
    """`Cause and cures: valkey-loop-matrix explain loop-closed (or different-loop)`; empty without a name.

    `mark` is put around the command, as on a page.
    """
    names = find_names(lines)
    if not names:
        return ""
    first, *others = names
    more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
    aside = f" (or {', '.join(others[:_MOST])}{more})" if others else ""
    return f"Cause and cures: {mark}{command_line('explain', first)}{mark}{aside}"


def as_page(tables: Iterable[Table], *, padded: bool = True) -> str:
    """Tables in Markdown with that line below them."""
    listed = list(tables)
    pages = [as_markdown(table, padded=padded) for table in listed]
    line = make_explain_line(list_texts(listed), mark="`")
    return "\n".join([*pages, *([f"{line}\n"] if line else [])])
