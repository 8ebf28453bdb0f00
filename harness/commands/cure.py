"""`cure`: find the smallest change that is proven, by running it, to cure a cell or a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.cells import cure_cell
from harness.cure.suites import cure_suites
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.cli.options import CureOptions


def run(options: CureOptions) -> int:
    """Cure the cell, or the suites, whichever is named."""
    if options.cell and options.suites:
        raise UsageError(f"The cell {options.cell} and --suite are both named.", remedy="Leave one of them out.")
    if options.suites:
        return cure_suites(options)
    if options.format == "github":
        raise UsageError(
            "--format github is for a suite of your own: a cell is in no file that could be annotated.",
            remedy="Name a suite with --suite DIR, or leave --format out.",
        )
    if options.cell:
        return cure_cell(options)
    raise UsageError(
        "It isn't named what to cure.",
        remedy="Name a cell, such as default/session/async_fixture/aclose, or your own suite with --suite DIR.",
    )
