"""Cells that are known to be unstable, as `scenarios/unstable.toml` lists them with the reason."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import scenarios
from harness.catalogue.selection import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.catalogue.catalogue import Catalogue


class Unstable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cause, and the cells that it can reach."""

    select: str  # in the selection language
    reason: str
    seen: tuple[str, ...]  # "CELL on …": where it was met


class _UnstableFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unstable: tuple[Unstable, ...]


@cache
def load_unstable() -> tuple[Unstable, ...]:
    """All entries, in the order of the file."""
    path = Path(next(iter(scenarios.__path__))) / "unstable.toml"
    return msgspec.toml.decode(path.read_bytes(), type=_UnstableFile).unstable


def find_why_unstable(catalogue: Catalogue) -> Callable[[str], str]:
    """Says of a cell's id why its outcome isn't stable; "" where nothing is known."""
    known = [(parse(one.select, axes=catalogue.value_names), one.reason) for one in load_unstable()]

    def why(cell: str) -> str:
        found = catalogue.find(cell)
        if found is None:  # a suite of one's own
            return ""
        values = catalogue.values(found)
        return next((reason for selection, reason in known if selection.matches(values)), "")

    return why
