"""Well-known habits: cells that a run's tables show by name, as `scenarios/highlights.toml` lists them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

import scenarios


class Highlight(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A habit in words, and the cell that follows it."""

    title: str
    cell: str  # id, as `Cell.id` writes it


class _HighlightsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    highlight: tuple[Highlight, ...]


@cache
def load_highlights() -> tuple[Highlight, ...]:
    """All highlights, in the order in which they are shown."""
    path = Path(next(iter(scenarios.__path__))) / "highlights.toml"
    return msgspec.toml.decode(path.read_bytes(), type=_HighlightsFile).highlight
