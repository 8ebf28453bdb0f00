"""What is wrong with results that were read, in words that are the same for every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.output.text import count, one_line
from harness.store.reading import list_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.store.model import Results

SHOWN = 5
"""Problems that are printed one by one."""


def find_problems(place: Path, results: Results) -> list[str]:
    """What is wrong with the results that were read from this place: lines, files, and runs that did not end."""
    broken = {line.file for line in results.broken}
    seen = broken | {run.file for run in results.runs}
    unended = [run.file for run in results.runs if run.interrupted and run.file not in broken]
    return [
        *(str(line) for line in results.broken),
        *(f"{path}: is empty" for path in list_files(place) if str(path) not in seen),
        *(f"{file}: has no footer, so the run did not end and outcomes may be missing" for file in unended),
    ]


def find_first_problem(place: Path, results: Results) -> str:
    """The first problem, and how many more there are; empty if there is none."""
    problems = find_problems(place, results)
    if not problems:
        return ""
    more = f" (and {count(len(problems) - 1, 'problem')} more)" if len(problems) > 1 else ""
    return one_line(problems[0].rstrip("."), 300) + more


def describe_unread(results: Results) -> Iterator[str]:
    """What was left out of what was read, a line each."""
    yield from (f"Not read: {one_line(str(line), 300)}" for line in results.broken[:SHOWN])
    if len(results.broken) > SHOWN:
        yield f"Not read: {count(len(results.broken) - SHOWN, 'problem')} more like these"
