"""All tables of a run: to be printed by name, written beside the results, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.analysis.clean_by_value import make_clean_table
from harness.analysis.differences import find_differences, make_differences_table
from harness.analysis.errors_by_environment import make_errors_table
from harness.analysis.full_table import make_full_table
from harness.analysis.grid import Grid
from harness.analysis.highlights import make_habits_table
from harness.analysis.missing_table import describe_missing, make_missing_table
from harness.analysis.suites import SUITE, describe_suite, make_complete_table, select_cells
from harness.analysis.summary import make_environments_table, make_summary
from harness.analysis.unnamed import make_unnamed_table
from harness.analysis.unstable import make_unstable_table
from harness.files import replace_file
from harness.output.explained import as_page, list_texts, make_explain_line
from harness.output.table import WIDTH, Table, as_data, as_text
from harness.suites.suite import is_suite
from harness.verdicts.rates import count_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.analysis.grid import Samples
    from harness.analysis.missing_table import ExplainedSuite
    from harness.analysis.suites import SuiteView
    from harness.catalogue.highlights import Highlight
    from harness.store.model import Results
    from harness.verdicts.signatures import SignatureCategory


_FILE_WIDTH = 1_000_000  # of the table of cells in a file, which no terminal cuts

NAMES = {
    "summary": "what ran, what was left out and why, warnings common to all cells",
    "environments": "outcomes in each environment",
    "suites": "your own suites, test by test",
    "missing": "what your own suites lack, and what helps",
    "habits": "well-known habits and what becomes of their tests",
    "errors": "errors, leaks and warnings with cause and advice",
    "clean": "shares of clean cells by habit",
    "differences": "cells whose verdict depends on the environment",
    "unstable": "cells whose samples do not agree",
    "unnamed": "errors that no signature names",
    "cells": "every cell in every environment",
}
"""The tables of a run by their names, in order."""


def make_tables(
    results: Results,
    grid: Grid,
    *,
    defaults: Mapping[str, str],
    folder: str,
    habits: Sequence[Highlight] = (),
    suites: Sequence[SuiteView] = (),
    missing: Sequence[ExplainedSuite] = (),
    elapsed: float | None = None,
) -> tuple[Table, ...]:
    """Every table that has something to say, in the order of `NAMES`; only the first where nothing could be run.

    Tables of the catalogue's cells leave `suites` out. `folder` names the one that holds the results.
    """
    head = make_summary(results, grid, elapsed)
    if not grid.columns:
        return (head,)
    several = len(grid.columns) > 1
    lacking = make_missing_table(missing)
    front = (
        head,
        *([make_environments_table(results, grid)] if several else []),
        *map(make_complete_table, suites),
        *([lacking] if lacking else []),
    )
    if suites:
        results = select_cells(results, lambda cell: not is_suite(cell))
        if not results.runs:
            return front
        grid = Grid(results, grid.categories)
    found = find_differences(grid) if several else []
    rest = "the table “cells”"
    of_cells = (
        make_habits_table(grid, habits),
        make_errors_table(grid),
        make_clean_table(grid, defaults) if len(grid.cells) > 1 else None,
        make_differences_table(grid, found, rest) if found else None,
        make_unstable_table(grid, rest),
        make_unnamed_table(results, "the results", folder),
        make_full_table(grid),
    )
    return (*front, *(table for table in of_cells if table is not None))


def find_name(table: Table) -> str:
    """The name in `NAMES` under which a table is asked for."""
    return "suites" if table.name.startswith(SUITE) else table.name


def write_tables(folder: Path, run: str, tables: Sequence[Table]) -> tuple[Path, Path]:
    """Write `<run>.tables.txt` and `<run>.tables.md`, replacing older ones; returns both."""
    text, page = folder / f"{run}.tables.txt", folder / f"{run}.tables.md"
    texts = [as_text(table, _FILE_WIDTH if table.name == "cells" else WIDTH) for table in tables]
    explained = make_explain_line(list_texts(tables))
    replace_file(text, "\n\n".join([*texts, *([f"{explained}\n"] if explained else [])]).encode())
    replace_file(page, as_page(tables, padded=False).encode())
    return text, page


def as_json(
    results: Results,
    grid: Grid,
    tables: tuple[Table, ...],
    suites: Sequence[SuiteView] = (),
    missing: Sequence[ExplainedSuite] = (),
) -> dict[str, Any]:
    """For `--json`: environments and cells as data, and the tables as they are printed.

    A cell's verdicts stand under the digests of the environments, and so do a suite's and its tests'.
    """
    digests = [column.environment.digest for column in grid.columns]
    return {
        "runs": sorted({run.header.run for run in results.runs}),
        "environments": [column.environment for column in grid.columns],
        "cells": {
            cell: {
                digest: {"label": label, **_describe_samples(samples, grid.categories)}
                for digest, label, samples in zip(digests, grid.labels(cell), grid.row(cell), strict=True)
                if samples
            }
            for cell in grid.cells
        },
        "suites": {view.cell: describe_suite(view) for view in suites},
        "missing": describe_missing(missing),
        "differences": [
            {"cells": one.cells, "labels": one.labels, "partly": one.partly} for one in find_differences(grid)
        ],
        "rechecks": {run.header.environment_key: run.recheck for run in results.runs},
        "interrupted": [run.file or run.header.environment_id for run in results.runs if run.interrupted],
        "broken": results.broken,
        "conflicts": results.conflicts,
        "tables": {table.name: as_data(table) for table in tables},
    }


def _describe_samples(samples: Samples, categories: Mapping[str, SignatureCategory]) -> dict[str, Any]:
    data = {"statuses": [one.status for one in samples], "patterns": [one.pattern for one in samples]}
    return {**data, "repeats": count_repeats(samples, categories)} if len(samples) > 1 else data
