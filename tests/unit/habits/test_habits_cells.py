"""Every suite of the catalogue is read as the cell that it was written from."""

from __future__ import annotations

import pytest

from benchmarks.accuracy.diagnose import RELEASES, load_expectations, measure_cells, measure_suites
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile

SAMPLE = 7
"""Each that many of the profile's cells; `nox -s accuracy -- diagnose` takes all."""


@pytest.mark.parametrize("release", RELEASES)
def test_a_cells_suite_is_read_as_that_cell(release: str) -> None:
    catalogue = load_catalogue()
    cells = list_profile_cells(catalogue, load_profile("standard"))[::SAMPLE]
    figure = measure_cells(catalogue, cells, release)
    assert figure.of > 100
    assert figure.wrong == ()


def test_what_a_person_reads_in_the_reported_suites_is_read() -> None:
    figures = list(measure_suites())
    assert len(load_expectations()) > 60
    assert [(figure.name, figure.wrong) for figure in figures if not figure.met] == []
