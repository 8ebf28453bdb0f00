"""`baseline`: make files to commit out of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.table import Table
from harness.analysis.text import count
from harness.errors import ExitCode, UsageError
from harness.pipeline.storage import storing
from harness.printing import print_json, print_tables, shown
from harness.store.condensing import condense, write_condensed
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from pathlib import Path

    from harness.requests import BaselineOptions
    from harness.store.model import Run

_REMEDY = "Make room, or choose another folder with --into."


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a baseline."""

    environment: str
    file: str
    bytes: int
    cells: int
    ran: int  # of the cells, those that can be expressed


def run(options: BaselineOptions) -> int:
    """Write a packed file an environment and say what is in them."""
    results = read_results(options.results)
    runs = condense(results)
    if not runs:
        raise UsageError(
            f"There are no finished runs in {shown(options.results)}.",
            remedy="Run first, for instance `nox -s matrix -- --profile standard`.",
        )
    with storing("The baseline", options.into, _REMEDY):
        written = [_written(options.into, run) for run in runs]
    if options.json:
        print_json({"into": str(options.into), "files": written, "not_read": list(map(str, results.broken))})
    else:
        print_tables(_table(written, options.into, [run for run in results.runs if run.interrupted]))
        for line in results.broken:
            print(f"Not read: {line}")
    return ExitCode.DONE


def _written(folder: Path, run: Run) -> Written:
    path = write_condensed(folder, run)
    return Written(
        environment=run.header.environment_id,
        file=path.name,
        bytes=path.stat().st_size,
        cells=len(run.outcomes),
        ran=sum(outcome.verdict.status is not Status.NOT_APPLICABLE for outcome in run.outcomes),
    )


def _table(written: list[Written], folder: Path, interrupted: list[Run]) -> Table:
    rows: list[tuple[str, ...]] = [
        (one.environment, f"{one.cells:,}", f"{one.ran:,}", f"{one.bytes:,}") for one in written
    ]
    totals = (sum(one.cells for one in written), sum(one.ran for one in written), sum(one.bytes for one in written))
    rows.append(("all", *(f"{total:,}" for total in totals)))
    left_out = f" {count(len(interrupted), 'interrupted run')} left out." if interrupted else ""
    return Table(
        name="baseline",
        title=f"Baseline in {shown(folder)}",
        headers=("environment", "cells", "of them run", "bytes"),
        rows=tuple(rows),
        note=f"{count(len(written), 'file')}, {totals[2] / 2**20:.1f} MiB.{left_out}",
    )
