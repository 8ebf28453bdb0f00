"""What a results folder no longer needs: runs whose outcomes later runs have taken over, and what belonged to them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.store import FOLDER as EVIDENCE
from harness.store.earlier import is_disproved
from harness.store.model import BrokenLine
from harness.store.reading import list_unpacked, read_files
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from harness.store.model import Outcome, Run

WRITING = timedelta(hours=1)
"""Evidence is written before the outcome that refers to it, so what is younger may belong to a run that goes on."""

APART = ("backends/*", "servers/*", "control", "fidelity", "regress")
"""Folders below a results folder in which commands keep runs apart, each with evidence of its own."""

_TABLE = re.compile(r"(\d{8}T\d{6}Z-[0-9a-f]{4})\..+\.(?:txt|md|html)")
EVIDENCE_SUFFIX = ".json.gz"
_EVIDENCE = re.compile(r"([0-9a-f]{64})" + re.escape(EVIDENCE_SUFFIX))


class SuperfluousFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one results folder that nothing needs, by what they are."""

    runs: tuple[Path, ...] = ()  # every outcome in them stands in a later run's file too
    tables: tuple[Path, ...] = ()  # of runs that have no results file
    evidence: tuple[Path, ...] = ()  # that no outcome refers to
    not_read: tuple[BrokenLine, ...] = ()  # these files are kept, and so is all evidence in their folder

    def __iter__(self) -> Iterator[Path]:
        """All of them, in the order of removal: one that is interrupted leaves no outcome without evidence."""
        return iter((*self.runs, *self.tables, *self.evidence))


def find_results_folders(folder: Path) -> list[Path]:
    """The folder and those below it in which commands keep runs apart. The baseline is none of them."""
    return [folder, *(path for pattern in APART for path in sorted(folder.glob(pattern)) if path.is_dir())]


def find_superfluous(folder: Path, *, now: datetime) -> SuperfluousFiles:
    """What of the files directly in `folder`, and of its evidence, can go. Removes nothing."""
    files = list_unpacked(folder)
    results = read_files(files)
    not_read = tuple(line for line in results.broken if not line.is_torn)
    kept = {line.file for line in not_read}
    needed = kept.union(run.file for run in find_needed_runs(results.runs))
    there = {run.file for run in results.runs}
    runs = tuple(path for path in files if str(path) in there and str(path) not in needed)
    left = [path for path in files if path not in runs]
    return SuperfluousFiles(
        runs=runs,
        tables=_find_tables_without_run(folder, left),
        evidence=()
        if not_read
        else _find_unreferenced(folder, (run for run in results.runs if run.file in needed), now),
        not_read=not_read,
    )


def find_needed_runs(runs: Iterable[Run]) -> list[Run]:
    """The runs of which later finished runs of the same environment have not taken over every outcome."""
    needed: list[Run] = []
    later: dict[str, _TakenOver] = {}
    for run in sorted(runs, key=lambda run: run.header.run, reverse=True):
        taken = later.setdefault(run.header.environment_key, _TakenOver())
        if not taken.covers(run):
            needed.append(run)
            if run.footer is not None and not is_disproved(run):
                taken.add(run)
    return needed


class _TakenOver:
    """The outcomes of finished runs in one environment."""

    def __init__(self) -> None:
        self._measurements: set[tuple[str, str, int, str]] = set()
        self._samples: set[tuple[str, int]] = set()

    def add(self, run: Run) -> None:
        self._measurements.update(map(_identify, run.outcomes))
        self._samples.update((outcome.cell, outcome.sample) for outcome in run.outcomes)

    def covers(self, run: Run) -> bool:
        """Whether all that the run measured stands in these too. A run that measured nothing needs any of them."""
        return bool(self._samples) and all(
            _identify(outcome) in self._measurements
            if _is_measured(outcome)
            else (outcome.cell, outcome.sample) in self._samples
            for outcome in run.outcomes
        )


def _identify(outcome: Outcome) -> tuple[str, str, int, str]:
    """What is equal in an outcome and in those that took it over: another measurement of the cell differs."""
    return outcome.cell, outcome.suite, outcome.sample, outcome.reused_from or outcome.run


def _is_measured(outcome: Outcome) -> bool:
    return bool(outcome.evidence) and outcome.verdict.status is not Status.INFRASTRUCTURE


def _find_tables_without_run(folder: Path, results_files: Iterable[Path]) -> tuple[Path, ...]:
    runs = {path.name.partition(".")[0] for path in results_files}
    tables = ((path, _TABLE.fullmatch(path.name)) for path in sorted(folder.iterdir()) if path.is_file())
    return tuple(path for path, match in tables if match is not None and match[1] not in runs)


def _find_unreferenced(folder: Path, runs: Iterable[Run], now: datetime) -> tuple[Path, ...]:
    hashes: set[str] = set()
    for run in runs:
        hashes.add(run.header.reference)
        hashes.update(outcome.evidence for outcome in run.outcomes)
    youngest = (now - WRITING).timestamp()
    stored = ((path, _EVIDENCE.fullmatch(path.name)) for path in sorted((folder / EVIDENCE).glob("??/*")))
    return tuple(
        path
        for path, match in stored
        if match is not None and match[1] not in hashes and path.stat().st_mtime < youngest
    )
