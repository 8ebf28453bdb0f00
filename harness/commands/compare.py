"""`compare`: show what differs between two versions, or between two sets of results."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.catalogue.loading import load_catalogue
from harness.compare.asked import runs_anything
from harness.compare.comparing import Comparer, read_sides
from harness.compare.formats import as_document
from harness.compare.sides import read_side
from harness.compare.values import cell_values
from harness.errors import ExitCode
from harness.output.printing import choose_format, print_document
from harness.store.reading import without_garbage_collection
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from harness.cli.requests import CompareOptions
    from harness.compare.running import Ran
    from harness.compare.sides import Side


def run(options: CompareOptions) -> int:
    """Print the comparison; 1 if anything differs and `--exit-code` is given. Run what is named and wasn't run yet."""
    options = replace(options, format=choose_format(options.format, json=options.json))
    sides = (read_side(options.before), read_side(options.after))
    return _run(options, sides) if runs_anything(options) else _read(options, sides)


def _read(options: CompareOptions, sides: tuple[Side, Side]) -> int:
    values = cell_values()
    with without_garbage_collection():
        measures, sources = read_sides(*sides, options.results, options.baseline)
        comparison = Comparer(load_categories(), values).compare(sides, measures)
        document = as_document(replace(comparison, sources=sources), values, every=options.every)
        print_document(document, options.format)
    return ExitCode.DIFFERENCES if options.exit_code and comparison.changed else ExitCode.DONE


def _run(options: CompareOptions, sides: tuple[Side, Side]) -> int:
    # Not imported above: stored results are compared without a server and a resolver, which take a while to import.
    running = import_module("harness.compare.running")
    values = cell_values()
    ran: Ran = running.run_sides(options, sides, load_catalogue(), values)
    document = as_document(ran.comparison, values, every=options.every, suites=ran.suites, tests=ran.tests)
    print_document(document, options.format)
    running.require_good(ran.results)
    return ExitCode.DIFFERENCES if options.exit_code and ran.comparison.changed else ExitCode.DONE
