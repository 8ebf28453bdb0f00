"""Changes in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.knowledge.model import Change


def describe_change(catalogue: Catalogue, change: Change) -> str:
    """`fixture_scope session → function: a client fixture for each test`; without a meaning, of versions."""
    text = f"{change.axis} {change.before} → {change.after}"
    axis = catalogue.axes.get(change.axis)
    value = axis.values.get(change.after) if axis else None
    return f"{text}: {value.value.meaning}" if value else text
