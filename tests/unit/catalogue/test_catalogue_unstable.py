"""Cells that are marked as unstable: each mark was earned by a cell that it marks."""

from __future__ import annotations

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.unstable import Unstable, find_why_unstable, load_unstable

CATALOGUE = load_catalogue()


@pytest.mark.parametrize("entry", load_unstable(), ids=lambda entry: entry.select)
def test_every_mark_has_a_reason_and_cells_that_were_seen_to_differ(entry: Unstable) -> None:
    assert entry.reason
    assert entry.seen
    for seen in entry.seen:
        cell, where = seen.split(" on ", maxsplit=1)
        assert where
        assert CATALOGUE.excluded(CATALOGUE.parse(cell)) is None
        assert find_why_unstable(CATALOGUE)(cell) == entry.reason


def test_a_cell_that_nothing_marks_has_no_reason() -> None:
    assert find_why_unstable(CATALOGUE)("default/function/module_global/none") == ""
