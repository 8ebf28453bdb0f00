"""Errors that no signature names, with where to find the evidence."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.store import make_evidence_path
from harness.output.table import Row, Table
from harness.output.text import count, one_line
from harness.store.model import Outcome
from harness.verdicts.model import Unnamed

if TYPE_CHECKING:
    from harness.store.model import Results

MOST = 50
_DIGITS = 16  # of a digest: enough that no two files begin alike


class UnnamedError(msgspec.Struct, frozen=True, kw_only=True):
    """One error without a name, and where it was met first."""

    error: Unnamed
    outcome: Outcome
    cells: int  # cells in which the same type and text were met
    environments: int


def find_unnamed(results: Results) -> list[UnnamedError]:
    """Errors of equal type and text together, those of most cells first."""
    first: dict[tuple[str, str], tuple[Unnamed, Outcome]] = {}
    cells: dict[tuple[str, str], set[str]] = {}
    environments: dict[tuple[str, str], set[str]] = {}
    for run in results.runs:
        for outcome in run.outcomes:
            for error in outcome.verdict.unnamed:
                key = (error.type, error.text)
                first.setdefault(key, (error, outcome))
                cells.setdefault(key, set()).add(outcome.cell)
                environments.setdefault(key, set()).add(outcome.environment)
    found = [
        UnnamedError(error=error, outcome=outcome, cells=len(cells[key]), environments=len(environments[key]))
        for key, (error, outcome) in first.items()
    ]
    return sorted(found, key=lambda one: (-one.cells, one.error))


def make_unnamed_table(results: Results, rest: str, folder: str) -> Table | None:
    """What was met and where, an error a group, None if each has a name; `rest` is where those beyond the first are.

    Evidence is below `folder`, under a name too long for a terminal: it is shown as a pattern that matches it.
    """
    found = find_unnamed(results)
    if not found:
        return None
    rows: list[Row] = []
    exact: list[Row] = []
    for one in found[:MOST]:
        heading = (one_line(one.error.type, 80),)
        path = make_evidence_path(one.outcome.evidence) if one.outcome.evidence else ""
        rows += [heading, *_make_rows(one, f"{folder}/{_abbreviate(path)}" if path else "")]
        exact += [heading, *_make_rows(one, path)]
    note = "Each is a gap in the signatures or something new: please look."
    if len(found) > MOST:
        note += f" {count(len(found) - MOST, 'more error')} in {rest}."
    return Table(
        name="unnamed",
        title=f"!!! {count(len(found), 'error')} that no signature names",
        headers=("", ""),
        rows=tuple(rows),
        exact=tuple(exact),
        note=note,
        prose=True,
    )


def _abbreviate(path: str) -> str:
    """`evidence/ab/ab12cd34ef567890*.json.gz`."""
    digest, suffix = PurePosixPath(path).name.split(".", 1)
    return str(PurePosixPath(path).with_name(f"{digest[:_DIGITS]}*.{suffix}"))


def _make_rows(found: UnnamedError, evidence: str) -> list[Row]:
    outcome = found.outcome
    where = [("test", f"{one_line(found.error.test, 80)} ({found.error.channel.value})")] if found.error.test else []
    stored = [("evidence", evidence)] if evidence else []
    return [
        ("text", one_line(found.error.text, 90)),
        ("met", f"{count(found.cells, 'cell')}, {count(found.environments, 'environment')}"),
        ("first in", one_line(outcome.cell, 90)),
        ("", one_line(outcome.environment, 90)),
        *where,
        *stored,
    ]
