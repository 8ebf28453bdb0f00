"""Cures of suites of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import CureOptions


def cure_suites(options: CureOptions) -> int:
    """Say that it isn't there yet."""
    raise UsageError(f"Suites such as {options.suites[0]} can't be cured yet.", remedy="Name a cell.")
