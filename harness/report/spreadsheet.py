"""Outcomes as CSV, a row each, that a spreadsheet can open: no text in it is a formula."""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.analysis.headline import describe
from harness.catalogue.loading import find_values, load_catalogue
from harness.output.text import one_line
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.store.model import Header, Outcome, Run
    from harness.verdicts.signatures import SignatureCategory

ENVIRONMENT = ("platform", "implementation", "python", "pytest_asyncio", "pytest", "client", "client_version")
VERDICT = ("status", "label", "signatures", "unnamed", "pattern", "reason")

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""With one of these a formula begins, in one spreadsheet or another."""

LONGEST = 32_000
"""Characters; a cell of a spreadsheet has room for 32,767."""


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def make_lines(runs: Iterable[Run]) -> Iterator[str]:
    """The headings and the rows, each with its line end."""
    axes = list(load_catalogue().axes)
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(["environment", *ENVIRONMENT, "cell", *axes, *VERDICT, "run", "sample", "environment_digest"])
    categories = load_categories()
    for run in runs:
        for row in _make_rows(run, axes, categories):
            yield writer.writerow(map(make_safe, row))


def _make_rows(run: Run, axes: Iterable[str], categories: Mapping[str, SignatureCategory]) -> Iterator[list[str]]:
    where = _list_versions(run.header)
    for one in run.outcomes:
        values = find_values(one.cell)
        yield [
            *(one.environment, *where, one.cell),
            *(values.get(axis, "") for axis in axes),
            *_list_verdict(one, describe(one.cell, one.verdict, categories)),
            *(one.run, str(one.sample), run.header.environment_key),
        ]


def _list_versions(header: Header) -> list[str]:
    """One text for each of `ENVIRONMENT`, empty for what can't be resolved."""
    one = header.environment
    if one is None:
        return [""] * len(ENVIRONMENT)
    return [one.platform, one.implementation, one.python, one.plugin, one.pytest, one.client, one.client_version]


def _list_verdict(outcome: Outcome, label: str) -> list[str]:
    """One text for each of `VERDICT`."""
    verdict = outcome.verdict
    return [
        verdict.status.value,
        label,
        " ".join(dict.fromkeys(one.signature for one in verdict.findings)),
        "; ".join(dict.fromkeys(f"{one.type}: {one.text}" for one in verdict.unnamed)),
        verdict.pattern,
        verdict.reason,
    ]


@lru_cache(10_000)
def make_safe(text: str) -> str:
    """On one line and without control characters; an apostrophe comes before what else would be a formula."""
    line = one_line(text, LONGEST)
    return f"'{line}" if line.startswith(FORMULAS) else line
