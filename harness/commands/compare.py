"""`compare`: show what differs between two versions, or between two sets of results."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.comparison.comparing import Comparer, read_sides
from harness.comparison.formats import as_format
from harness.comparison.sides import read_side
from harness.errors import ExitCode, UsageError
from harness.printing import terminal_width
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.requests import CompareOptions


def run(options: CompareOptions) -> int:
    """Print the comparison; 1 if anything differs and that was asked for."""
    sides = (read_side(options.before), read_side(options.after))
    measures = read_sides(*sides, [options.results])
    values = cell_values()
    categories = load_categories()
    comparison = Comparer(categories, values).compare(sides, measures)
    print(as_format(options.format, comparison, values, terminal_width()))
    return ExitCode.DIFFERENCES if options.exit_code and comparison.changed else ExitCode.DONE


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
