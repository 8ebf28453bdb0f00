"""What `quick` promises, compared with what the whole catalogue came to: it misses no kind of error."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.selection import parse
from harness.catalogue.unstable import find_why_unstable
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_signatures
from tests.unit.catalogue.full_record import Record, load_records

CATALOGUE = load_catalogue()
why_unstable = find_why_unstable(CATALOGUE)
RECORDS = load_records()
NAMED = [cell for name in ("smoke", "quick") for cell in (*load_profile(name).cells, *load_profile(name).more)]

each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.environment)


def met(record: Record, cells: set[str]) -> set[str]:
    """Every status of a run and every signature with its channel that one of the cells met.

    What a cell shows by chance that is known to be unstable is not among them.
    """
    stable = {cell for cell in cells if not why_unstable(cell)}
    return {one for cell, seen in record.by_cell() if cell in stable for one in seen} - {Status.NOT_APPLICABLE}


def ids(profile: str) -> set[str]:
    """Without cells of values that stand alone: profiles name them where there is time for them."""
    cells = list_profile_cells(CATALOGUE, load_profile(profile))
    return {cell.id for cell in cells if not CATALOGUE.alone(cell)}


def test_two_versions_at_least_are_on_record() -> None:
    assert len({record.environment for record in RECORDS}) >= 2


@each_record
def test_quick_meets_every_signature_that_full_meets(record: Record) -> None:
    assert met(record, ids("quick")) == met(record, ids("full"))


@each_record
def test_the_named_cells_alone_do_so_that_no_signature_hangs_on_how_an_array_falls_out(record: Record) -> None:
    assert met(record, set(NAMED)) == met(record, ids("full"))


@each_record
def test_a_record_has_every_cell_of_full_once(record: Record) -> None:
    """But those with a value that is newer than the record, and the few of covering arrays, which it shifts."""
    cells = Counter(cell for cell, _ in record.by_cell())
    assert set(cells.values()) == {1}
    known = {value for cell in map(CATALOGUE.parse, cells) for value in CATALOGUE.values(cell).items()}
    selections = [parse(text, axes=CATALOGUE.value_names) for text in load_profile("full").selections]
    selected = {cell for selection in selections for cell in CATALOGUE.cells(selection)}
    expected = {cell.id for cell in selected if known >= set(CATALOGUE.values(cell).items())} & ids("full")
    assert expected <= set(cells)
    assert len(expected) > 0.7 * len(cells)


@each_record
def test_every_error_on_record_has_a_name_that_there_is(record: Record) -> None:
    statuses = {status.value for status in Status}
    names = {signature.name for signature in load_signatures()}
    found = met(record, {cell for cell, _ in record.by_cell()})
    assert Status.FAILS not in found
    assert {one.partition(":")[2] for one in found - statuses} <= names
