"""Cells × environments: what all tables are made from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.label import joined, label
from harness.analysis.text import one_line
from harness.environments.model import Environment
from harness.verdicts.model import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.store.model import Results
    from harness.verdicts.signatures import Category

# Something ran, and what it did can be believed.
RAN = frozenset({Status.CLEAN, Status.WARNS, Status.LEAKS, Status.REPRODUCES, Status.FAILS})

Samples = tuple[Verdict, ...]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """An environment, with the shortest heading that tells it from the others."""

    environment: Environment
    heading: str  # "1.5.0\npy3.13"

    @property
    def short(self) -> str:
        """The heading on one line."""
        return self.heading.replace("\n", " ")


class Grid:
    """Every cell's verdicts in every environment that could be resolved.

    Columns are in order of pytest-asyncio, Python and the rest; cells in order of their ids. Samples of one cell in
    one environment stand together, whichever run they come from.
    """

    def __init__(self, results: Results, categories: Mapping[str, Category]) -> None:
        self.categories = categories
        self._labels: dict[int, str] = {}
        self._alive: list[Verdict] = []  # an id() in `_labels` must not be used again for another verdict
        found = (run.header.environment for run in results.runs)
        self.columns = _columns({one.digest: one for one in found if one}.values())
        self._place = {column.environment.digest: place for place, column in enumerate(self.columns)}
        self._rows = self._filled(results)
        self.cells = tuple(sorted(self._rows))

    def row(self, cell: str) -> list[Samples]:
        """One entry a column; an empty one where the cell was not selected."""
        return self._rows[cell]

    def label(self, verdict: Verdict) -> str:
        """`label`, each verdict judged once."""
        known = self._labels.get(id(verdict))
        if known is None:
            known = self._labels[id(verdict)] = label(verdict, self.categories)
            self._alive.append(verdict)
        return known

    def labels(self, cell: str) -> list[str]:
        """One text a column: what the table of cells shows."""
        return [joined([self.label(one) for one in samples]) if samples else "" for samples in self._rows[cell]]

    def common(self) -> str:
        """What all environments have in common, to be said once above a table."""
        named: dict[str, set[str]] = {}
        for column in self.columns:
            for name, value in _traits(column.environment).items():
                named.setdefault(name, set()).add(value)
        shared = (values.pop() for name, values in named.items() if len(values) == 1 and name != "packages")
        return one_line(", ".join(shared))

    def _filled(self, results: Results) -> dict[str, list[Samples]]:
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


def ran(samples: Samples) -> bool:
    """The cell ran here at least once, and what it did can be believed."""
    return any(one.status in RAN for one in samples)


def _columns(environments: Iterable[Environment]) -> tuple[Column, ...]:
    ordered = sorted(environments, key=_order)
    headings = [f"{one.plugin}\npy{one.python_minor}" for one in ordered]
    for trait in ("client", "pytest", "platform", "python", "packages"):
        values: dict[str, set[str]] = {}
        for heading, one in zip(headings, ordered, strict=True):
            values.setdefault(heading, set()).add(_traits(one)[trait])
        headings = [
            f"{heading}\n{_traits(one)[trait]}" if len(values[heading]) > 1 else heading
            for heading, one in zip(headings, ordered, strict=True)
        ]
    return tuple(
        Column(environment=one, heading="\n".join(one_line(line, 40) for line in heading.split("\n")))
        for heading, one in zip(headings, ordered, strict=True)
    )


def _traits(environment: Environment) -> dict[str, str]:
    """What can tell environments of the same pytest-asyncio and Python apart, or is the same for all."""
    return {
        "platform": environment.platform,
        "python": f"{environment.implementation} {environment.python}",
        "plugin": f"pytest-asyncio {environment.plugin}",
        "pytest": f"pytest {environment.pytest}",
        "client": f"{environment.client} {environment.client_version}",
        "packages": f"packages {environment.digest[:6]}",
    }


def _order(environment: Environment) -> tuple[object, ...]:
    versions = (environment.plugin, environment.python, environment.client_version, environment.pytest)
    return (*map(version_order, versions), environment.client, environment.platform, environment.digest)


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts `0.9` before `0.21.2` before `1.0.0a1` before `1.0.0`; anything else somewhere, without failing."""
    parts = re.findall(r"\d{1,18}|[a-z]+", version.lower())
    # The last part ranks above every letter, so that a pre-release comes before its release.
    return (*((1, int(part), "") if part.isdigit() else (-1, 0, part) for part in parts), (0, 0, ""))
