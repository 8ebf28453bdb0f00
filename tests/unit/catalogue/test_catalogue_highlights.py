"""Well-known habits: each a cell of the default run."""

from __future__ import annotations

import pytest

from harness.catalogue.highlights import Highlight, load_highlights
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile

CATALOGUE = load_catalogue()
SMOKE = list_profile_cells(CATALOGUE, load_profile("smoke"))  # run in every environment of a default run


@pytest.mark.parametrize("highlight", load_highlights(), ids=lambda highlight: highlight.cell)
def test_a_highlight_is_a_cell_of_the_default_run_that_can_be_written_down(highlight: Highlight) -> None:
    cell = CATALOGUE.parse(highlight.cell)
    assert cell.id == highlight.cell
    assert CATALOGUE.excluded(cell) is None
    assert cell in SMOKE


def test_each_highlight_has_a_title_and_a_cell_of_its_own() -> None:
    highlights = load_highlights()
    assert len({highlight.title for highlight in highlights}) == len(highlights)
    assert len({highlight.cell for highlight in highlights}) == len(highlights)
    assert all(highlight.title and "\n" not in highlight.title for highlight in highlights)
