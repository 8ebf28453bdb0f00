"""`baseline`: make files to commit out of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.compare.problems import find_first_problem
from harness.errors import ExitCode, UsageError
from harness.invocation import command_line
from harness.output.printing import print_json, print_lines, print_tables, short_path
from harness.output.table import Table
from harness.output.text import count, shorten_environment
from harness.pipeline.storage import report_storage_errors
from harness.regress.baseline_making import ASIDE, choose_runs, require_nothing_lost
from harness.store.condensing import write_condensed
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from pathlib import Path

    from harness.cli.options import BaselineOptions
    from harness.regress.baseline_making import Choice
    from harness.store.model import Results, Run

_ASIDE = ", ".join(sorted(ASIDE))
_NOT_RUN = frozenset({Status.NOT_APPLICABLE, Status.UNRESOLVABLE})
_REMEDY = "Make room, or choose another folder with --into."


class BaselineFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a baseline."""

    environment: str
    run: str
    file: str
    bytes: int
    cells: int
    ran: int  # of the cells, those that could be, in an environment that can be made


def run(options: BaselineOptions) -> int:
    """Write a packed file an environment and say what is in them."""
    results = read_results(options.results)
    choice = choose_runs(results)
    if not choice.runs:
        raise _make_nothing_error(options.results, results, choice)
    with report_storage_errors("The baseline", options.into, _REMEDY):
        require_nothing_lost(options.into, choice.runs)
        written = [_write(options.into, run) for run in choice.runs]
    if options.json:
        print_json({"into": str(options.into), "files": written, "not_read": list(map(str, results.broken))})
    else:
        print_tables(_make_table(written, options.into, choice))
        for line in results.broken:
            print_lines(f"Not read: {line}")
    return ExitCode.DONE


def _make_nothing_error(place: Path, results: Results, choice: Choice) -> UsageError:
    problem = find_first_problem(place, results)
    besides = f" but those of {_ASIDE}" if choice.aside else ""
    return UsageError(
        f"There are no finished runs in {short_path(place)}{besides}{f': {problem}' if problem else ''}.",
        remedy=f"Run first, for instance `{command_line('matrix', '--profile standard')}`.",
    )


def _write(folder: Path, run: Run) -> BaselineFile:
    path = write_condensed(folder, run)
    return BaselineFile(
        environment=run.header.environment_id,
        run=run.header.run,
        file=path.name,
        bytes=path.stat().st_size,
        cells=len(run.outcomes),
        ran=sum(outcome.verdict.status not in _NOT_RUN for outcome in run.outcomes),
    )


def _make_table(written: list[BaselineFile], folder: Path, choice: Choice) -> Table:
    is_one_platform = len({one.environment.partition("/")[0] for one in written}) == 1
    name = shorten_environment if is_one_platform else str
    rows: list[tuple[str, ...]] = [
        (name(one.environment), f"{one.cells:,}", f"{one.ran:,}", f"{one.bytes:,}") for one in written
    ]
    totals = (sum(one.cells for one in written), sum(one.ran for one in written), sum(one.bytes for one in written))
    rows.append(("all", *(f"{total:,}" for total in totals)))
    return Table(
        name="baseline",
        title=f"Baseline in {short_path(folder)}",
        headers=("environment", "cells", "of them run", "bytes"),
        rows=tuple(rows),
        note=f"{count(len(written), 'file')}, {totals[2] / 2**10:,.1f} KiB.{_describe_left_out(choice)}",
    )


def _describe_left_out(choice: Choice) -> str:
    texts = []
    if choice.interrupted:
        texts.append(f"{count(choice.interrupted, 'run')} that did not end")
    if choice.aside:
        texts.append(f"{count(choice.aside, 'run')} of {_ASIDE}")
    if choice.smaller:
        texts.append(f"{count(choice.smaller, 'newer run')} with fewer outcomes")
    return f" Left out: {'; '.join(texts)}." if texts else ""
