"""Sizes in bytes, as people write them: `512MiB`, `1.5GiB`."""

from __future__ import annotations

import re

UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}

_WRITTEN = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([KMGT]iB)")


def parse_size(text: str) -> int | None:
    """Bytes; None for what isn't a number with one of the `UNITS`."""
    found = _WRITTEN.fullmatch(text)
    return int(float(found[1]) * UNITS[found[2]]) if found else None


def format_size(size: int) -> str:
    """The size in the largest unit that leaves at least one of it: `1GiB`, `1.5GiB`, `100MiB`."""
    name, unit = next(((name, unit) for name, unit in reversed(UNITS.items()) if size >= unit), ("KiB", UNITS["KiB"]))
    return f"{round(size / unit, 3):g}{name}"
