"""Making a baseline: which runs go into it, and which are refused because later runs are compared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.errors import SHOWN, UsageError
from harness.output.text import count
from harness.store.condensing import condense
from harness.store.files import make_packed_file_name
from harness.store.model import Results, Run
from harness.store.reading import read_results
from harness.suites.suite import REPORTED
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    Identity = tuple[str, str, int]  # environment id, cell, sample

ASIDE = frozenset({"bisect", "compare", "repro", "reported"})
"""Profiles of runs that measure what was asked just then, and leave what they measured among the other results."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of a baseline, one an environment, and how many finished or unfinished runs are not in it."""

    runs: tuple[Run, ...]
    interrupted: int
    aside: int  # of the profiles `ASIDE`
    smaller: int  # newer than the one that was chosen, but with fewer outcomes


def choose_runs(results: Results) -> Choice:
    """Of each environment the finished run with the most outcomes, of equally many the newest, made small.

    Left out are runs of `ASIDE`, and suites that are rebuilt from public reports. What went wrong must not become what
    later runs are compared with: raises `UsageError` for a cell that its server failed, for a run in which launchers
    differed, and for one of which outcomes can't be read.
    """
    finished = [run for run in results.runs if not run.interrupted and run.header.profile not in ASIDE]
    largest: dict[str, Run] = {}
    for run in sorted(filter(_count_outcomes, finished), key=lambda run: (_count_outcomes(run), run.header.run)):
        largest[run.header.environment_id] = run
    for run in largest.values():
        require_fit(run)
    return Choice(
        runs=tuple(condense(_drop_reported(largest[name])) for name in sorted(largest)),
        interrupted=sum(run.interrupted for run in results.runs),
        aside=sum(run.header.profile in ASIDE and not run.interrupted for run in results.runs),
        smaller=sum(
            run.header.run > largest[run.header.environment_id].header.run for run in finished if _count_outcomes(run)
        ),
    )


def require_nothing_lost(folder: Path, runs: Iterable[Run]) -> None:
    """Raise `UsageError` if the folder's files of these runs' environments hold outcomes that the runs lack."""
    lost = []
    for run in runs:
        path = folder / make_packed_file_name(run.header.environment_id)
        there = _collect_identities(read_results(path, lean=True).runs) if path.exists() else set()
        missing = there - _collect_identities([run])
        if missing:
            lost.append(f"{run.header.environment_id}: {len(missing):,} of {count(len(there), 'outcome')}")
    if lost:
        listed = "".join(f"\n  {one}" for one in lost[:SHOWN])
        more = f"\n  … and {count(len(lost) - SHOWN, 'environment')} more" if len(lost) > SHOWN else ""
        raise UsageError(
            f"The baseline in {folder} holds outcomes that these results lack; nothing was written:{listed}{more}",
            remedy="Take these files away first if that is to go, or choose another folder with --into.",
        )


def _collect_identities(runs: Iterable[Run]) -> set[Identity]:
    return {
        (outcome.environment, outcome.cell, outcome.sample)
        for run in runs
        for outcome in run.outcomes
        if not outcome.cell.startswith(REPORTED)
    }


def _count_outcomes(run: Run) -> int:
    """Outcomes that belong in a baseline, those that the footer counts and that can't be read among them."""
    unread = run.footer.outcomes - len(run.outcomes) if run.footer else 0
    return max(unread, 0) + sum(not outcome.cell.startswith(REPORTED) for outcome in run.outcomes)


def _drop_reported(run: Run) -> Run:
    outcomes = tuple(outcome for outcome in run.outcomes if not outcome.cell.startswith(REPORTED))
    return msgspec.structs.replace(run, outcomes=outcomes)


def require_fit(run: Run) -> None:
    """Raise `UsageError` for a run that must not become what later runs are compared with."""
    where, footer = run.header.environment_id, run.footer
    failed = sum(outcome.verdict.status is Status.INFRASTRUCTURE for outcome in run.outcomes)
    if failed:
        raise UsageError(
            f"The server or the machine failed {count(failed, 'cell')} in {where}.",
            remedy="Run again: what was measured is taken over.",
        )
    if footer and footer.outcomes != len(run.outcomes):
        raise UsageError(
            f"{run.file} is damaged: it was written with {count(footer.outcomes, 'outcome')} in {where}, and "
            f"{len(run.outcomes):,} can be read.",
            remedy="Restore that file, or take it away and run again: what earlier runs measured is taken over.",
        )
    if run.recheck and run.recheck.differing:
        raise UsageError(
            f"The launchers observed different things in {where}, so its results can't be trusted.",
            remedy="Run again with --launcher spawn.",
        )
