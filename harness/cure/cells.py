"""Cures of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import CureOptions


def cure_cell(options: CureOptions) -> int:
    """Say that it isn't there yet."""
    raise UsageError(f"{options.cell} can't be cured yet.", remedy="Name a suite.")
