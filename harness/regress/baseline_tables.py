"""What `baseline` prints: the files it wrote, and how far a plan is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.output.printing import short_path
from harness.output.table import Table
from harness.output.text import count, duration, one_line, shorten_environment
from harness.regress.baseline_making import ASIDE
from harness.regress.baseline_state import State, estimate_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from harness.regress.baseline_making import Choice
    from harness.regress.baseline_running import BaselineFile
    from harness.regress.baseline_state import BaselineProgress

LARGEST = 20_000_000
"""Bytes that a committed baseline may have: everyone who clones the repository gets it."""

_ASIDE = ", ".join(sorted(ASIDE))


def make_files_table(written: Sequence[BaselineFile], folder: Path, choice: Choice | None = None) -> Table:
    """The files that were written; with `choice`, also which runs are in none of them."""
    name = _name_shortly(one.environment for one in written)
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


def make_plan_table(
    progress: Sequence[BaselineProgress], folder: Path, jobs: int, unplanned: Sequence[str] = ()
) -> Table:
    """Each environment of the plan below its state, and which files of the baseline are of none of them."""
    name = _name_shortly(one.environment for one in progress)
    seconds = estimate_seconds(progress, jobs)
    rows: list[tuple[str, ...]] = []
    for heading, group in _group_by_state(progress).items():
        rows.append((heading,))
        rows += [
            (
                name(one.environment),
                ", ".join(one.parts),
                f"{len(one.cells):,}",
                f"{one.left:,}",
                duration(seconds[one.environment]) if one.environment in seconds else "",
            )
            for one in group
        ]
    return Table(
        name="plan",
        title=f"Plan of the baseline in {short_path(folder)}",
        headers=("environment", "part", "cells", "to run", "time"),
        rows=tuple(rows),
        note="\n".join([*_describe_plan(progress, seconds, folder), *_describe_unplanned(unplanned)]),
        keys=2,
    )


def _group_by_state(progress: Iterable[BaselineProgress]) -> dict[str, list[BaselineProgress]]:
    """`stale: other signatures` → the environments of which that is so."""
    found: dict[str, list[BaselineProgress]] = {}
    for one in progress:
        heading = f"{one.state}: {one_line(one.reason)}" if one.reason else str(one.state)
        found.setdefault(heading, []).append(one)
    return found


def list_as_json(progress: Sequence[BaselineProgress], jobs: int) -> list[dict[str, Any]]:
    """The same for programs."""
    seconds = estimate_seconds(progress, jobs)
    return [
        {
            "environment": one.environment,
            "parts": one.parts,
            "cells": len(one.cells),
            "to_run": one.left,
            "seconds": seconds.get(one.environment),
            "state": one.state,
            "reason": one.reason,
        }
        for one in progress
    ]


def _describe_plan(progress: Sequence[BaselineProgress], seconds: dict[str, float], folder: Path) -> list[str]:
    states = Counter(one.state for one in progress)
    listed = ", ".join(f"{states[each]} {each}" for each in State if states[each])
    total = sum(path.stat().st_size for path in folder.glob("*.gz"))
    return [
        f"{count(len(progress), 'environment')}: {listed}.",
        f"To run: {count(sum(one.left for one in progress), 'cell')}"
        + (f", about {duration(sum(seconds.values()))}." if seconds else "; how long cells take isn't on record here."),
        f"The folder's files have {total / 1e6:.1f} MB; at most {LARGEST / 1e6:.0f} MB are to be committed.",
    ]


def _describe_unplanned(names: Sequence[str]) -> list[str]:
    return [f"Not in the plan, and kept: {', '.join(names)}."] if names else []


def _name_shortly(environments: Iterable[str]) -> Callable[[str], str]:
    is_one_platform = len({one.partition("/")[0] for one in environments}) == 1
    return shorten_environment if is_one_platform else str


def _describe_left_out(choice: Choice | None) -> str:
    texts = []
    if choice and choice.interrupted:
        texts.append(f"{count(choice.interrupted, 'run')} that did not end")
    if choice and choice.aside:
        texts.append(f"{count(choice.aside, 'run')} of {_ASIDE}")
    if choice and choice.smaller:
        texts.append(f"{count(choice.smaller, 'newer run')} with fewer outcomes")
    return f" Left out: {'; '.join(texts)}." if texts else ""
