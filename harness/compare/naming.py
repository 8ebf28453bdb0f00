"""Cells that are named, among those that there are results of."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from harness.analysis.suites import select_cells
from harness.catalogue.loading import load_catalogue
from harness.errors import NothingSelectedError
from harness.invocation import command_line
from harness.suites.suite import REPORTED, is_suite

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.store.model import Results


def select_named(results: Results, cells: Collection[str], where: str) -> Results:
    """The outcomes of the named cells; everything where none is named.

    `where` names the place of the results. Raises `NothingSelectedError` for a cell that there are no results of,
    `UsageError` for one that there can't be.
    """
    if not cells:
        return results
    there = {outcome.cell for run in results.runs for outcome in run.outcomes}
    for cell in cells:
        if cell not in there:
            raise make_missing_error(cell, there, where)
    return select_cells(results, cells.__contains__)


def make_missing_error(cell: str, there: Collection[str], where: str) -> NothingSelectedError:
    """Of a cell that there are no results of: the nearest one, or the command that runs it.

    Raises `UsageError` for what is no cell.
    """
    if not is_suite(cell) and not cell.startswith(REPORTED):
        load_catalogue().parse(cell)
    near = difflib.get_close_matches(cell, there, n=1, cutoff=0.7)
    meant = f"Did you mean {near[0]!r}? Or run" if near else "Run"
    return NothingSelectedError(
        f"There are no results of the cell {cell!r} in {where}.",
        remedy=f"{meant} it first, such as with `{_make_command(cell)}`.",
    )


def _make_command(cell: str) -> str:
    """The command that runs it on several releases."""
    if cell.startswith(REPORTED):
        return command_line("reported", cell.removeprefix(REPORTED).partition("/")[0])
    return command_line("bisect", "--all --suite DIR" if is_suite(cell) else f"--all --cell {cell}")
