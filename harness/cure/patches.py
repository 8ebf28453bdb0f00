"""Unified diffs that `git apply` and `patch -p1` take, and how large they are.

Without git's own header lines: a patch that has them, git takes for one of the whole repository, and a suite may be a
folder deep in it.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cure.model import Content

NO_NEWLINE = "\\ No newline at end of file"
_NOWHERE = "/dev/null"


def make_patch(before: Content, after: Content) -> str:
    """The diff, by path; lines of a file that is no text, or that ends without a newline, as git writes them."""
    return "".join(
        line for path in sorted({*before, *after}) for line in _diff_file(path, before.get(path), after.get(path))
    )


def list_changed(before: Content, after: Content) -> tuple[str, ...]:
    """The paths of files that differ."""
    return tuple(path for path in sorted({*before, *after}) if before.get(path) != after.get(path))


def count_changed_lines(patch: str) -> int:
    """How many lines a diff takes away and adds."""
    return sum(1 for line in patch.split("\n") if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- "))


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
