"""From results to the text of the page: the one function that commands call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.knowledge.outcomes import Outcomes
from harness.output.text import count
from harness.pipeline.cells import make_target
from harness.report.code import SuiteTexts, add_cells
from harness.report.data import make_page_data
from harness.report.measured import select_measured_outcomes
from harness.report.page import make_page
from harness.store.reading import pause_garbage_collection

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.target import Target
    from harness.report.measured import Measured
    from harness.report.model import Suites
    from harness.store.model import Results

TITLE = "Valkey loop matrix"
NAME = "report.html"
"""Of the page, in the results folder."""


def make_report(results: Results, own: Path, *, title: str = TITLE, sources: str = "", brief: bool = False) -> str:
    """The page of these results, which must have been read with their texts.

    `own` is the folder of one's own results; what comes from other places counts as the baseline. `sources` says how
    much came from where. A page that is made after every run is `brief`: it leaves out what takes seconds.
    """
    catalogue = load_catalogue()
    with pause_garbage_collection():
        measured = select_measured_outcomes(results, own=_list_own(results, own))
        outcomes = None if brief else Outcomes(results)
        data = make_page_data(
            measured, catalogue, title=title, sources=sources or _describe(measured), outcomes=outcomes
        )
        return make_page(data, make_suites(measured, catalogue))


def make_suites(measured: Measured, catalogue: Catalogue) -> Suites:
    """The suites of all cells, each as the newest release has it on which it can be written down."""
    return add_cells(SuiteTexts(), catalogue, measured.cells, list_targets(measured))


def list_targets(measured: Measured) -> dict[int, Target]:
    """What environments ask of a suite, the newest releases of the main Python first."""
    places = sorted(range(len(measured.columns)), key=lambda place: (measured.columns[place].main, place), reverse=True)
    return {place: make_target(measured.environments[place]) for place in places}


def _list_own(results: Results, own: Path) -> frozenset[str]:
    """The files that are in one's own folder."""
    return frozenset(run.file for run in results.runs if run.file and Path(run.file).parent == own)


def _describe(measured: Measured) -> str:
    return f"{count(len(measured.cells), 'cell')} in {count(len(measured.columns), 'environment')}"
