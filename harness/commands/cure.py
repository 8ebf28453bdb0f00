"""`cure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import CureOptions


def run(options: CureOptions) -> int:
    """Say that it isn't there yet."""
    raise UsageError(f"cure isn't there yet: {options.format}.", remedy="Wait for it.")
