"""The printed tables, and the same as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.analysis.clean_by_value import clean_by_value
from harness.analysis.differences import differences, find_differences
from harness.analysis.errors_by_environment import errors_by_environment
from harness.analysis.grid import Grid
from harness.analysis.highlights import highlights
from harness.analysis.suites import is_suite, only
from harness.analysis.summary import environments, summary
from harness.analysis.unnamed import unnamed
from harness.analysis.unstable import unstable
from harness.output.table import Table, as_data
from harness.verdicts.rates import repeats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.analysis.grid import Samples
    from harness.catalogue.highlights import Highlight
    from harness.store.model import Results
    from harness.verdicts.signatures import SignatureCategory


def printed_tables(
    results: Results,
    grid: Grid,
    *,
    defaults: Mapping[str, str],
    rest: str,
    folder: str,
    habits: Sequence[Highlight] = (),
    suites: Sequence[Table] = (),
    elapsed: float | None = None,
) -> tuple[Table, ...]:
    """What `matrix` prints, in order: what ran, `suites`, then what is told of the catalogue's cells, if any ran.

    Only the first where nothing could be run.

    `rest` names the file that holds the full table, `folder` the one that holds the results.
    """
    if not grid.columns:
        return (summary(results, grid, elapsed),)
    head = (summary(results, grid, elapsed), environments(results, grid), *suites)
    if suites:
        results = only(results, lambda cell: not is_suite(cell))
        if not results.runs:
            return head
        grid = Grid(results, grid.categories)
    return (*head, *_of_cells(results, grid, defaults=defaults, rest=rest, folder=folder, habits=habits))


def _of_cells(
    results: Results, grid: Grid, *, defaults: Mapping[str, str], rest: str, folder: str, habits: Sequence[Highlight]
) -> tuple[Table, ...]:
    """One table more when cells of `habits` were run, and when cells were repeated."""
    habits_table = highlights(grid, habits)
    repeated = any(len(samples) > 1 for cell in grid.cells for samples in grid.row(cell))
    return (
        *([habits_table] if habits_table else []),
        errors_by_environment(grid),
        clean_by_value(grid, defaults),
        differences(grid, rest),
        *([unstable(grid, rest)] if repeated else []),
        unnamed(results, "the results", folder),
    )


def as_json(results: Results, grid: Grid, tables: tuple[Table, ...]) -> dict[str, Any]:
    """For `--json`: environments and cells as data, and the tables as they are printed.

    A cell's verdicts stand under the digests of the environments.
    """
    digests = [column.environment.digest for column in grid.columns]
    return {
        "runs": sorted({run.header.run for run in results.runs}),
        "environments": [column.environment for column in grid.columns],
        "cells": {
            cell: {
                digest: {"label": label, **_samples(samples, grid.categories)}
                for digest, label, samples in zip(digests, grid.labels(cell), grid.row(cell), strict=True)
                if samples
            }
            for cell in grid.cells
        },
        "differences": [
            {"cells": one.cells, "labels": one.labels, "partly": one.partly} for one in find_differences(grid)
        ],
        "rechecks": {run.header.environment_key: run.recheck for run in results.runs},
        "interrupted": [run.file or run.header.environment_id for run in results.runs if run.interrupted],
        "broken": results.broken,
        "conflicts": results.conflicts,
        "tables": {table.name: as_data(table) for table in tables},
    }


def _samples(samples: Samples, categories: Mapping[str, SignatureCategory]) -> dict[str, Any]:
    data = {"statuses": [one.status for one in samples], "patterns": [one.pattern for one in samples]}
    return {**data, "repeats": repeats(samples, categories)} if len(samples) > 1 else data
