"""From a cell's id in results to the values it was made of."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def cell_values() -> Callable[[str], Mapping[str, str]]:
    """Tells the values of a cell's axes by its id; none of an id that isn't in today's catalogue."""
    catalogue = load_catalogue()

    @cache
    def values(cell: str) -> Mapping[str, str]:
        try:
            return catalogue.values(catalogue.parse(cell))
        except UsageError:
            return {}

    return values
