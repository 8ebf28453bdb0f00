"""Cells × environments: what all tables are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.columns import find_block_starts, list_traits, make_columns, version_key
from harness.analysis.headline import describe
from harness.analysis.label import join_labels, label
from harness.output.text import one_line
from harness.verdicts.model import Status, Verdict
from harness.verdicts.same_outcome import IdentityCache, outcome_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.store.model import Results
    from harness.verdicts.same_outcome import OutcomeKey
    from harness.verdicts.signatures import SignatureCategory

# Something ran and was measured.
RAN = frozenset({Status.CLEAN, Status.WARNS, Status.LEAKS, Status.REPRODUCES, Status.FAILS})

UNTELLING = frozenset({Status.INFRASTRUCTURE, Status.UNRESOLVABLE})
"""Nothing was measured: a sample with such a status says nothing beside those that were measured."""

Samples = tuple[Verdict, ...]


class Grid:
    """Every cell's verdicts in every environment that could be resolved.

    Columns are in the order that `make_columns` gives them, cells in order of their ids. Samples of one cell in one
    environment stand together, whichever run they come from.
    """

    def __init__(self, results: Results, categories: Mapping[str, SignatureCategory]) -> None:
        self.categories = categories
        self.label = IdentityCache[Verdict, str](lambda verdict: label(verdict, categories))
        self.outcome = IdentityCache(self._find_number)  # a number, equal for verdicts that are the same outcome
        self._numbers: dict[OutcomeKey, int] = {}
        found = (run.header.environment for run in results.runs)
        self.columns = make_columns({one.digest: one for one in found if one}.values())
        self.by_version = sorted(
            range(len(self.columns)), key=lambda place: version_key(self.columns[place].environment)
        )
        self._place = {column.environment.digest: place for place, column in enumerate(self.columns)}
        self._rows = self._make_rows(results)
        self.cells = tuple(sorted(self._rows))

    def row(self, cell: str) -> list[Samples]:
        """One entry a column; an empty one where the cell was not selected."""
        return self._rows[cell]

    def labels(self, cell: str) -> list[str]:
        """One text a column: labels of a cell, headlines of a suite."""
        return [
            join_labels([describe(cell, one, self.categories) for one in samples]) if samples else ""
            for samples in self._rows[cell]
        ]

    def block_starts(self, *, keys: int) -> tuple[int, ...]:
        """`find_block_starts` of a table that has a column an environment after `keys` others."""
        return tuple(keys + place for place in find_block_starts(self.columns))

    def common(self) -> str:
        """What all environments have in common, to be printed once above a table."""
        named: dict[str, set[str]] = {}
        for column in self.columns:
            for name, value in list_traits(column.environment).items():
                named.setdefault(name, set()).add(value)
        shared = (values.pop() for name, values in named.items() if len(values) == 1 and name != "packages")
        return one_line(", ".join(filter(None, shared)))

    def _find_number(self, verdict: Verdict) -> int:
        return self._numbers.setdefault(outcome_key(verdict, self.categories), len(self._numbers))

    def _make_rows(self, results: Results) -> dict[str, list[Samples]]:
        rows: dict[str, list[Samples]] = {}
        empty: list[Samples] = [()] * len(self.columns)
        for run in results.runs:
            place = self._place.get(run.header.environment_key)
            if place is not None:
                for outcome in run.outcomes:
                    row = rows.get(outcome.cell)
                    if row is None:
                        row = rows[outcome.cell] = empty.copy()
                    row[place] = (*row[place], outcome.verdict)
        return rows


def has_run(samples: Samples) -> bool:
    """The cell ran and was measured here at least once."""
    return any(one.status in RAN for one in samples)
