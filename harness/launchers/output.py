"""What a suite's process printed: the ends of it, never all of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TAIL = 64 * 1024
"""Bytes kept of all output together."""

_EACH = TAIL // 2


def split(file: Path, end: int | None, newline: str = os.linesep) -> tuple[str, str]:
    """The tails of what stands before and after the offset `end`; without one, everything stands before.

    Lines end as everywhere, and not in `newline`, which Python prints on this system.
    """
    size = file.stat().st_size
    border = size if end is None else min(end, size)
    before, after = _read_tail(file, 0, border), _read_tail(file, border, size)
    return before.replace(newline, "\n"), after.replace(newline, "\n")


def join(*texts: str) -> str:
    """Standard output, then standard error."""
    return "\n".join(text.rstrip("\n") for text in texts if text.strip())


def _read_tail(file: Path, start: int, end: int) -> str:
    with file.open("rb") as stream:
        first = max(start, end - _EACH)
        stream.seek(first)
        return stream.read(end - first).decode("utf-8", "replace")
