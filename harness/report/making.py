"""From results to the text of the page: the one function that commands call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.knowledge.outcomes import Outcomes
from harness.output.display import keep_silent
from harness.output.text import count
from harness.packages import CLIENTS
from harness.pipeline.cells import make_target
from harness.report.cures import find_page_cures
from harness.report.data import list_unresolvable, make_page_data
from harness.report.evidence import collect_evidence
from harness.report.kept import find_kept
from harness.report.kept_suites import make_suites
from harness.report.measured import select_measured_outcomes
from harness.report.page import make_page
from harness.report.suites import make_page_suites
from harness.store.reading import pause_garbage_collection
from harness.suites.suite import is_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.catalogue.target import Target
    from harness.report.measured import Measured
    from harness.store.model import Results

TITLE = "Valkey loop matrix"

FEW, MANY = 40, 4_000
"""Runs of which the page shows what was observed, as far as evidence of them is kept."""


def make_report(
    results: Results,
    own: Iterable[Path],
    *,
    sources: str = "",
    brief: bool = False,
    show: Callable[[str], None] = keep_silent,
) -> str:
    """The page of these results, which must have been read with their texts.

    `own` are the folders and files of one's own results; what comes from other places counts as the baseline. `sources`
    are the places in words. A page that is made after every run is `brief`: it leaves out what takes seconds. `show`
    gets what is done next.
    """
    catalogue = load_catalogue()
    with pause_garbage_collection():
        mine = _list_own(results, own)
        measured = select_measured_outcomes(results, own=mine)
        outcomes = None if brief else Outcomes(results)
        show(f"Comparing {count(len(measured.columns), 'environment')} …")
        data = make_page_data(
            measured,
            catalogue,
            title=TITLE,
            sources=_describe(measured, sources),
            outcomes=outcomes,
            suites=make_page_suites(results, measured, mine),
            unresolvable=list_unresolvable(results),
        )
        suites = make_suites(catalogue, measured.cells, list_targets(measured))
        show(f"Looking for cures in {count(len(measured.cells), 'cell')} …")
        cures = find_page_cures(measured, outcomes, catalogue, suites) if outcomes else None
        show("Writing the page …")
        kept = find_kept(sorted({Path(run.file).parent for run in results.runs if run.file}))
        evidence = collect_evidence(measured, results, FEW if brief else MANY, data.outcomes, kept)
        return make_page(data, suites, cures, evidence)


def list_targets(measured: Measured) -> dict[int, Target]:
    """What environments with a client ask of a suite, the newest releases of the main Python first.

    A suite is shown as the first of them has it on which it can be written down.
    """
    places = sorted(
        range(len(measured.columns)),
        key=lambda place: (measured.columns[place].main, *measured.rank_release(place)),
        reverse=True,
    )
    found = {place: measured.environments[place] for place in places}
    return {place: make_target(one) for place, one in found.items() if one.client in CLIENTS}


def _list_own(results: Results, own: Iterable[Path]) -> frozenset[str]:
    """The files that are named or in folders that are named."""
    named = {place.absolute() for place in own}
    files = {run.file: Path(run.file).absolute() for run in results.runs if run.file}
    return frozenset(file for file, path in files.items() if not named.isdisjoint((path, path.parent)))


def _describe(measured: Measured, sources: str) -> str:
    where = f" From {sources}." if sources else ""
    suites = sum(map(is_suite, measured.cells))
    counted = (("cell", len(measured.cells) - suites), ("suite", suites))
    there = " and ".join(count(number, noun) for noun, number in counted if number)
    return f"{there} in {count(len(measured.columns), 'environment')}.{where}"
