"""`ranges`: show from results since and until which releases cells show each error."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.compare.naming import select_named
from harness.compare.problems import describe_unread
from harness.compare.release_ranges import CellRanges, find_release_ranges
from harness.compare.sources import read_recorded
from harness.environments.releases import load_releases
from harness.errors import ExitCode, NothingSelectedError
from harness.invocation import command_line
from harness.output.printing import print_aside, print_explain_line, print_json, print_tables, short_path
from harness.output.table import Table
from harness.output.text import count
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.cli.options import RangesOptions

_EXAMPLES = 3

COUNTED = "A row counts the cells that show the error on exactly these releases of those that were run."

MOST = 20
"""Ranges that a summary shows."""


def run(options: RangesOptions) -> int:
    """Print a line a cell and error; without a named cell a summary, or with `--all` a line for each range.

    What was run on a single release has no range and is left out, unless it was named.
    """
    read = read_recorded(options.results, options.baseline)
    for line in describe_unread(read.results):
        print_aside(line)
    results = select_named(read.results, options.cells, short_path(options.results))
    lines = find_release_ranges(results, options.over, load_releases(), load_categories())
    if not options.cells:
        lines = tuple(line for line in lines if line.run > 1)
    if not lines:
        why = f": {problem}" if (problem := read.find_problem()) else ""
        raise NothingSelectedError(
            f"No results in {' and '.join(read.places)} are about several releases of {options.over}{why}.",
            remedy=f"Run the cells on several releases first, with `{command_line('matrix')}` or "
            f"`{command_line('bisect', '--all')}`.",
        )
    if options.json:
        print_json({"over": options.over, "ranges": [as_data(line) for line in lines]})
    else:
        there = {run.header.environment_key for run in results.runs if run.header.environment and run.outcomes}
        make = list_by_cell if options.cells else list_together if options.every else summarize
        table = make(lines, options.over, read.describe(there))
        print_tables(table)
        print_explain_line(table)
    return ExitCode.DONE


def list_by_cell(lines: Iterable[CellRanges], over: str, sources: str = "") -> Table:
    """All errors of each cell."""
    rows: list[tuple[str, ...]] = []
    for (cell, where), group in groupby(lines, lambda line: (line.cell, line.where)):
        rows.append((f"{cell} on {where}",))
        rows += [(line.signature or "any error", line.text) for line in group]
    return _make_table(over, ("error", "releases"), rows, sources)


def summarize(lines: Iterable[CellRanges], over: str, sources: str = "") -> Table:
    """The most frequent ranges of the versions on which most releases were run, without examples."""
    counted = _group_lines(lines)
    groups = {where: list(group) for where, group in groupby(counted, lambda one: one.where)}
    where, found = max(groups.items(), key=lambda item: (max(one.run for one in item[1]), len(item[1])))
    total = Counter[str]()
    for one in found:
        total[one.signature] += len(one.cells)
    largest = sorted(found, key=lambda one: -len(one.cells))[:MOST]
    shown = sorted(largest, key=lambda one: (-total[one.signature], one.signature, -len(one.cells)))
    note = f"One cell: --cell ID. {_describe_hidden(len(found) - len(shown), len(groups) - 1)}".strip()
    ends = {one.text.rpartition("; ")[2] for one in shown}
    end = ends.pop() if len(ends) == 1 and len(shown) > 1 else ""  # the same for all, so it is printed once
    texts = [one.text.removesuffix(end).removesuffix("; ") if end else one.text for one in shown]
    rows = [(one.signature or "any error", f"{len(one.cells):,}", text) for one, text in zip(shown, texts, strict=True)]
    return Table(
        name="ranges",
        title=f"Releases of {over} in which cells show each error",
        headers=("error", "cells", "releases"),
        rows=tuple(rows),
        lead="\n".join(filter(None, (f"On {where}{f', {end}' if end else ''}.", sources, COUNTED))),
        note=note,
        keys=2,
        prose=True,
    )


def _describe_hidden(ranges: int, others: int) -> str:
    """What a summary leaves out."""
    parts = [count(ranges, "more range")] if ranges else []
    parts += [f"{count(others, 'other set')} of versions"] if others else []
    return f"{' and '.join(parts)}, with examples: --all." if parts else "Examples: --all."


def list_together(lines: Iterable[CellRanges], over: str, sources: str = "") -> Table:
    """All ranges, a row for the cells that share one, with examples."""
    rows: list[tuple[str, ...]] = []
    for where, group in groupby(_group_lines(lines), lambda one: one.where):
        rows.append((where,))
        rows += [(one.signature or "any error", f"{one.text}: {_format_cells(one.cells)}") for one in group]
    return _make_table(over, ("error", "releases: cells"), rows, sources)


class SharedRange(NamedTuple):
    """Cells with the same range."""

    where: str
    signature: str
    text: str
    run: int  # releases
    cells: list[str]


def _group_lines(lines: Iterable[CellRanges]) -> list[SharedRange]:
    """By versions, those of most cells first."""
    found: dict[tuple[str, str, str], SharedRange] = {}
    for line in lines:
        key = (line.where, line.signature, line.text)
        found.setdefault(key, SharedRange(*key, line.run, [])).cells.append(line.cell)
    return sorted(found.values(), key=lambda one: (one.where, -len(one.cells), one.signature, one.text))


def _format_cells(names: list[str]) -> str:
    more = ", …" if len(names) > _EXAMPLES else ""
    return f"{count(len(names), 'cell')} ({', '.join(names[:_EXAMPLES])}{more})"


def _make_table(over: str, headers: tuple[str, ...], rows: list[tuple[str, ...]], sources: str) -> Table:
    title = f"Releases of {over}"
    return Table(name="ranges", title=title, headers=headers, rows=tuple(rows), lead=sources, prose=True)


def as_data(line: CellRanges) -> dict[str, Any]:
    """For `--json`."""
    return {
        "cell": line.cell,
        "where": line.where,
        "error": line.signature or None,
        "text": line.text,
        "releases": {point.version: point.state.value for point in line.points},
    }
