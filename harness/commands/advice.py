"""`advice`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import AdviceOptions


def run(options: AdviceOptions) -> int:
    """Say that it isn't there yet."""
    raise UsageError(f"advice isn't there yet: {options.format}.", remedy="Wait for it.")
