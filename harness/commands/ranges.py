"""`ranges`: say from results since and until which releases cells show each error."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from harness.analysis.suites import is_suite
from harness.compare.release_ranges import CellRanges, release_ranges
from harness.compare.sources import read_recorded
from harness.environments.releases import load_releases
from harness.errors import ExitCode, NothingSelectedError
from harness.invocation import command_line
from harness.output.printing import print_json, print_tables
from harness.output.table import Table
from harness.suites.suite import REPORTED
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.cli.options import RangesOptions
    from harness.store.model import Results

_EXAMPLES = 3


def run(options: RangesOptions) -> int:
    """Print a line a cell and error; without a named cell, a line for all cells of which the same can be said.

    What was run on a single release has no range and is left out, unless it was named.
    """
    read = read_recorded(options.results, options.baseline)
    results = chosen(read.results, options)
    lines = release_ranges(results, options.over, load_releases(), load_categories())
    if not options.cells:
        lines = tuple(line for line in lines if line.run > 1)
    if not lines:
        raise NothingSelectedError(
            f"No results in {options.results} say anything about releases of {options.over}.",
            remedy=f"Run the cells on several releases first, with `{command_line('matrix')}` or "
            f"`{command_line('bisect', '--all')}`.",
        )
    if options.json:
        print_json({"over": options.over, "ranges": [as_data(line) for line in lines]})
    else:
        there = {run.header.environment_key for run in results.runs if run.header.environment and run.outcomes}
        tell = by_cell if options.cells else together
        print_tables(tell(lines, options.over, read.describe(there)))
    return ExitCode.DONE


def chosen(results: Results, options: RangesOptions) -> Results:
    """The outcomes of the named cells. Raises `NothingSelectedError` for one that there are no results of."""
    if not options.cells:
        return results
    there = {outcome.cell for run in results.runs for outcome in run.outcomes}
    for cell in options.cells:
        if cell not in there:
            raise NothingSelectedError(
                f"There are no results of the cell {cell!r} in {options.results}.",
                remedy=f"Run it first, such as with `{_running(cell)}`.",
            )
    runs = (
        msgspec.structs.replace(run, outcomes=tuple(one for one in run.outcomes if one.cell in options.cells))
        for run in results.runs
    )
    return msgspec.structs.replace(results, runs=tuple(runs))


def _running(cell: str) -> str:
    """The command that runs it on several releases."""
    if cell.startswith(REPORTED):
        return command_line("reported", cell.removeprefix(REPORTED).partition("/")[0])
    return command_line("bisect", "--all --suite DIR" if is_suite(cell) else f"--all --cell {cell}")


def by_cell(lines: Iterable[CellRanges], over: str, sources: str = "") -> Table:
    """All errors of each cell."""
    rows: list[tuple[str, ...]] = []
    for (cell, where), group in groupby(lines, lambda line: (line.cell, line.where)):
        rows.append((f"{cell} on {where}",))
        rows += [(line.signature or "any error", line.said) for line in group]
    return _table(over, ("error", "releases"), rows, sources)


def together(lines: Iterable[CellRanges], over: str, sources: str = "") -> Table:
    """What the same can be said of, as one row with the number of cells."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for line in lines:
        cells.setdefault((line.where, line.signature, line.said), []).append(line.cell)
    rows: list[tuple[str, ...]] = []
    ordered = sorted(cells.items(), key=lambda item: (item[0][0], -len(item[1]), item[0]))
    for where, group in groupby(ordered, lambda item: item[0][0]):
        rows.append((where,))
        rows += [(signature or "any error", f"{said}: {_counted(names)}") for (_, signature, said), names in group]
    return _table(over, ("error", "releases: cells"), rows, sources)


def _counted(names: list[str]) -> str:
    more = ", …" if len(names) > _EXAMPLES else ""
    return f"{len(names)} {'cell' if len(names) == 1 else 'cells'} ({', '.join(names[:_EXAMPLES])}{more})"


def _table(over: str, headers: tuple[str, ...], rows: list[tuple[str, ...]], sources: str) -> Table:
    title = f"Releases of {over}"
    return Table(name="ranges", title=title, headers=headers, rows=tuple(rows), lead=sources, prose=True)


def as_data(line: CellRanges) -> dict[str, Any]:
    """For `--json`."""
    return {
        "cell": line.cell,
        "where": line.where,
        "error": line.signature or None,
        "said": line.said,
        "releases": {point.version: point.state.value for point in line.points},
    }
