"""Unified diffs that `git apply` and `patch -p1` take, and how large they are.

Without git's own header lines: a patch that has them, git takes for one of the whole repository, and a suite may be a
folder deep in it.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cure.model import Content

NO_NEWLINE = "\\ No newline at end of file"
_NOWHERE = "/dev/null"
_HUNK = re.compile(r"@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")


def make_patch(before: Content, after: Content) -> str:
    """The diff, by path; lines of a file that is no text, or that ends without a newline, as git writes them."""
    return "".join(
        line for path in sorted({*before, *after}) for line in _diff_file(path, before.get(path), after.get(path))
    )


def list_changed(before: Content, after: Content) -> tuple[str, ...]:
    """The paths of files that differ."""
    return tuple(path for path in sorted({*before, *after}) if before.get(path) != after.get(path))


def list_changed_lines(patch: str) -> tuple[tuple[str, str], ...]:
    """Each line that a diff takes away or adds, with its sign, and the file that it is in."""
    return tuple(_read_lines(patch.split("\n")))


def _read_lines(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Lines are counted as their hunk says: one that is taken away may look like the header of a file."""
    names: list[str] = []
    old = new = 0
    for line in lines:
        hunk = _HUNK.match(line)
        if old > 0 or new > 0:
            old -= line[:1] in ("-", " ")
            new -= line[:1] in ("+", " ")
            if line[:1] in ("-", "+"):
                yield next(name for name in reversed(names) if name != _NOWHERE).partition("/")[2], line
        elif hunk:
            old, new = int(hunk["old"] or 1), int(hunk["new"] or 1)
        elif line[:4] in ("--- ", "+++ "):
            names = [*names[-1:], line[4:]]


def _diff_file(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    if before == after:
        return
    names = (_NOWHERE if before is None else f"a/{path}", _NOWHERE if after is None else f"b/{path}")
    for line in difflib.unified_diff(_split(before), _split(after), *names):
        yield line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}\n"


def _split(data: bytes | None) -> Sequence[str]:
    """Lines with their ends. Only a newline ends one: a carriage return before it belongs to the line."""
    text = (data or b"").decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    ended = [f"{line}\n" for line in lines[:-1]]
    return ended + ([lines[-1]] if lines[-1] else [])
