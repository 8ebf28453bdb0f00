"""`merge`: unite results of many runs and machines into one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import ExitCode, MergeIncompleteError, UsageError
from harness.invocation import command_line
from harness.output.printing import print_json, print_lines, short_path
from harness.output.text import count
from harness.pipeline.storage import RESULTS_REMEDY, keep_out_of_git, report_storage_errors, require_writable
from harness.store.merging import merge
from harness.store.model import Results
from harness.store.reading import read_results
from harness.store.uniting import TakenEvidence, find_missing_shards, take_evidence, write_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.cli.options import MergeOptions


class _Merged(msgspec.Struct, frozen=True, kw_only=True):
    results: Results
    evidence: TakenEvidence
    written: list[Path]
    incomplete: list[str]  # shards, and lines that can't be read


def run(options: MergeOptions) -> int:
    """Write the union, also with what is in the folder already, and say what is missing of it."""
    require_writable(options.into)
    there = [options.into] if options.into.exists() else []
    results = read_results(*options.places, *there)
    if not results.runs:
        why = f": {results.broken[0]}" if results.broken else ""
        raise UsageError(
            f"There are no results in {' and '.join(map(short_path, options.places))}{why}.",
            remedy="Name folders that runs wrote their results to.",
        )
    keep_out_of_git(options.into)
    united = merge(results)
    with report_storage_errors("Results", options.into, RESULTS_REMEDY):
        # The evidence first: a merge that is interrupted leaves no outcome without it.
        evidence = take_evidence(results.runs, options.into)
        written = write_runs(options.into, united)
    unread = [str(line) for line in united.broken if not line.is_torn]
    done = _Merged(
        results=united, evidence=evidence, written=written, incomplete=[*find_missing_shards(united), *unread]
    )
    if options.json:
        print_json(_as_json(done))
    else:
        print_lines("\n".join(_list_lines(done, options.into)))
    if done.incomplete:
        raise MergeIncompleteError(done.incomplete)
    return ExitCode.DONE


def _list_lines(done: _Merged, into: Path) -> Iterator[str]:
    runs = done.results.runs
    outcomes = sum(len(run.outcomes) for run in runs)
    yield (
        f"{count(outcomes, 'outcome')} of {count(len({run.header.run for run in runs}), 'run')} in "
        f"{count(len({run.header.environment_key for run in runs}), 'environment')}, on "
        f"{count(len({run.header.machine for run in runs}), 'kind')} of machine."
    )
    yield f"{count(len(done.written), 'file')} written, {count(done.evidence.copied, 'file')} of evidence taken along."
    if done.evidence.missing:
        yield f"Evidence that was in none of the folders: {count(done.evidence.missing, 'file')}."
    for one in done.results.conflicts:
        found = " and ".join(verdict.status for verdict in one.verdicts)
        yield f"Two verdicts for one run of a cell, both are counted: {one.cell}: {found} (run {one.run})"
    yield f"Results: {short_path(into)}"
    yield f"To look at: {command_line('report', short_path(into))}"


def _as_json(done: _Merged) -> dict[str, Any]:
    runs = done.results.runs
    return {
        "runs": sorted({run.header.run for run in runs}),
        "environments": sorted({run.header.environment_id for run in runs}),
        "outcomes": sum(len(run.outcomes) for run in runs),
        "written": [str(path) for path in done.written],
        "evidence": done.evidence,
        "conflicts": done.results.conflicts,
        "incomplete": done.incomplete,
    }
