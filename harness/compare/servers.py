"""What differs between servers on which the same was run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import find_values
from harness.compare.comparing import Comparer, select_measured
from harness.compare.formats import as_document
from harness.compare.pairing import pair_up
from harness.compare.sides import ResultsPlace
from harness.invocation import command_line
from harness.output.printing import short_path
from harness.store.model import Results
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from harness.output.formats import Document


class ServerRun(msgspec.Struct, frozen=True, kw_only=True):
    """What was run on one server."""

    name: str  # as it may be printed
    folder: Path
    results: Results


def compare_servers(first: ServerRun, other: ServerRun) -> Document:
    """The comparison of one server's results with the first's."""
    measures = [select_measured(one.results, ResultsPlace(one.folder)) for one in (first, other)]
    pairs = pair_up(measures[0].environments, measures[1].environments, frozenset())
    comparison = Comparer(load_categories(), find_values, headlines=True).compare_pairs(
        pairs, (measures[0], measures[1]), (first.name, other.name)
    )
    again = command_line("compare", f"{short_path(first.folder)} {short_path(other.folder)}")
    return as_document(comparison, find_values, ending=f"Again, for all results there: {again}")
