"""Suites of the user's own: what became of each test in each environment, and the cures that were proven."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.suite_tests import WITHOUT_TESTS, OutcomeOfTest, describe_samples
from harness.analysis.suite_words import read_suite_words
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
        cures, words, store = list(read_cures(folder / FOLDER)), read_suite_words(folder), EvidenceStore(folder)
        views = view_suites(msgspec.structs.replace(chosen, runs=runs), store, load_categories())
        for view in views:
            if view.cell in numbers:  # one that ran nowhere is no row
                made = _make(view, numbers[view.cell], places, _find_unseen(view.results, store))
                proven = tuple(_list_cures(view.cell, cures))
                named = shlex.join(words.get(view.cell, ()))
                found.append(msgspec.structs.replace(made, cures=proven, words=named))
    return tuple(found)


def _find_unseen(results: Results, store: EvidenceStore) -> frozenset[str]:
    """The environments, by digest, in which evidence of the suite was kept and no run's is there any more."""
    kept = [(run.header.environment_key, one.evidence) for run in results.runs for one in run.outcomes if one.evidence]
    there = {digest for digest, evidence in kept if store.holds(evidence)}
    return frozenset(digest for digest, _ in kept if digest not in there)


def _make(view: SuiteView, cell: int, places: dict[str, int], unseen: Collection[str]) -> PageSuite:
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

    tests = {test: found for test, found in view.seen.items() if test != WITHOUT_TESTS}
    columns = zip(view.grid.columns, view.headlines(), view.notes(), view.samples, strict=True)
    for column, headline, note, samples in columns:
        if samples:
            digest = column.environment.digest
            place = places[digest]
            outcomes[place] = tuple(find_text(found.get(digest)) for found in tests.values())
            headlines[place] = headline
            notes[place] = tuple(note.splitlines())
    return PageSuite(
        name=view.cell.removeprefix(PREFIX),
        cell=cell,
        tests=tuple(tests),
        texts=tuple(texts),
        outcomes=outcomes,
        ranks=tuple(ranks.values()),
        headlines=headlines,
        notes=notes,
        unseen=tuple(sorted(places[digest] for digest in unseen if places.get(digest) in outcomes)),
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
