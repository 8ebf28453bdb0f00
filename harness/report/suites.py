"""Suites of the user's own: what became of each test in each environment, and the cures that were proven."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.suite_tests import OutcomeOfTest, describe_samples
from harness.analysis.suites import SuiteView, select_cells, view_suites
from harness.cure.stored import FOLDER, read_cures
from harness.evidence.store import EvidenceStore
from harness.report.model import PageProvenCure, PageSuite
from harness.suites.suite import PREFIX, is_suite
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.cure.stored import StoredCures
    from harness.report.measured import Measured
    from harness.store.model import Results

NOT_RUN = -1


def make_page_suites(results: Results, measured: Measured, own: Collection[str]) -> tuple[PageSuite, ...]:
    """The suites among the results in these files of one's own, a folder after the other, in order of their names."""
    numbers = {cell: number for number, cell in enumerate(measured.cells) if is_suite(cell)}
    if not numbers:
        return ()
    places = {environment.digest: place for place, environment in enumerate(measured.environments)}
    chosen = select_cells(results, is_suite)
    found: list[PageSuite] = []
    for folder in sorted({Path(file).parent for file in own}):
        runs = tuple(run for run in chosen.runs if run.file in own and Path(run.file).parent == folder)
        cures = list(read_cures(folder / FOLDER))
        views = view_suites(msgspec.structs.replace(chosen, runs=runs), EvidenceStore(folder), load_categories())
        # One that ran nowhere is no row.
        found += [_make(view, numbers[view.cell], places, cures) for view in views if view.cell in numbers]
    return tuple(found)


def _make(view: SuiteView, cell: int, places: dict[str, int], cures: list[StoredCures]) -> PageSuite:
    texts: dict[str, int] = {}
    ranks: dict[str, int] = {}
    outcomes: dict[int, tuple[int, ...]] = {}
    headlines: dict[int, str] = {}
    notes: dict[int, tuple[str, ...]] = {}

    def find_text(samples: list[OutcomeOfTest] | None) -> int:
        if not samples:
            return NOT_RUN
        text = describe_samples(samples)
        ranks.setdefault(text, min(one.rank for one in samples))
        return texts.setdefault(text, len(texts))

    columns = zip(view.grid.columns, view.headlines(), view.notes(), view.samples, strict=True)
    for column, headline, note, samples in columns:
        if samples:
            digest = column.environment.digest
            place = places[digest]
            outcomes[place] = tuple(find_text(found.get(digest)) for found in view.seen.values())
            headlines[place] = headline
            notes[place] = tuple(note.splitlines())
    return PageSuite(
        name=view.cell.removeprefix(PREFIX),
        cell=cell,
        tests=tuple(view.seen),
        texts=tuple(texts),
        outcomes=outcomes,
        ranks=tuple(ranks.values()),
        headlines=headlines,
        notes=notes,
        cures=tuple(_list_cures(view.cell, cures)),
    )


def _list_cures(suite: str, cures: list[StoredCures]) -> list[PageProvenCure]:
    return [
        PageProvenCure(
            change=one.change,
            patch=one.patch,
            proof=one.proof,
            elsewhere=one.elsewhere,
            environments=found.environments,
        )
        for found in cures
        if found.suite == suite
        for one in found.cures
    ]
