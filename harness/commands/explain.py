"""`explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import ExplainOptions


def run(options: ExplainOptions) -> int:
    """Say that it isn't there yet."""
    raise UsageError(f"explain isn't there yet: {options.format}.", remedy="Wait for it.")
