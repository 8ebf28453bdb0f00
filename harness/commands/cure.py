"""`cure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure import suites
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import CureOptions


def run(options: CureOptions) -> int:
    """Cure a suite; for a cell, say that it isn't there yet."""
    if options.suites:
        return suites.run(options)
    raise UsageError(f"cure isn't there yet: {options.format}.", remedy="Wait for it.")
