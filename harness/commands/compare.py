"""`compare`: show what differs between two versions, or between two sets of results."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.run_tables import write_tables
from harness.catalogue.loading import find_values, load_catalogue
from harness.cli.given import list_given_for_running
from harness.compare.comparing import Comparer, read_sides
from harness.compare.formats import as_document, make_all_tables, make_job_page
from harness.compare.sides import read_side
from harness.errors import ExitCode, UsageError
from harness.output.job_summary import write_job_summary
from harness.output.printing import print_aside, print_document, short_path
from harness.pipeline.beside import describe_unused
from harness.pipeline.soundness import require_sound
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.store.reading import pause_garbage_collection
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from harness.cli.options import CompareOptions
    from harness.compare.running import Ran
    from harness.compare.sides import Side


def run(options: CompareOptions) -> int:
    """Print the comparison; 1 if anything differs and `--exit-code` is given. Run what is named and wasn't run yet."""
    sides = (read_side(options.before), read_side(options.after))
    return _run(options, sides) if runs_anything(options) else _read(options, sides)


def runs_anything(options: CompareOptions) -> bool:
    """Whether cells or suites are named that are to be run. Without any, results are read and nothing is run.

    Raises `UsageError` for options that say how to run, where nothing is to be run.
    """
    flag = next(list_given_for_running(options), None)
    if options.names_cells or flag is None:
        return options.names_cells
    raise UsageError(
        f"{flag} says how cells are run, but nothing is to be run.",
        remedy="Name what to run with --suite, --cell or --select; without, stored results are compared.",
    )


def _read(options: CompareOptions, sides: tuple[Side, Side]) -> int:
    with pause_garbage_collection():
        read = read_sides(*sides, options.results, options.baseline)
        for line in read.unread:
            print_aside(line)
        comparison = Comparer(load_categories(), find_values, headlines=True).compare(sides, read.measured)
        comparison = msgspec.structs.replace(comparison, sources=read.sources)
        print_document(as_document(comparison, find_values, every=options.every), options.format)
        write_job_summary(
            lambda room: make_job_page(
                comparison, find_values, (), make_all_tables(comparison, find_values, every=True), room
            )
        )
    return ExitCode.DIFFERENCES if options.exit_code and comparison.changed else ExitCode.DONE


def _run(options: CompareOptions, sides: tuple[Side, Side]) -> int:
    # Not imported above: stored results are compared without a server and a resolver, which take a while to import.
    running = import_module("harness.compare.running")
    if unused := describe_unused(options):
        print_aside(unused)
    ran: Ran = running.run_sides(options, sides, load_catalogue(), find_values)
    tables = make_all_tables(ran.comparison, find_values, suites=ran.suites, missing=ran.missing, every=True)
    with report_storage_errors("The tables", options.results, RESULTS_REMEDY):
        text, page = write_tables(options.results, ran.run, tables)
    document = as_document(
        ran.comparison,
        find_values,
        every=options.every,
        suites=ran.suites,
        missing=ran.missing,
        tests=ran.tests,
        cures=ran.cures,
        annotations=ran.annotations,
        ending=f"All of it: {short_path(text)} and {page.suffix}",
    )
    print_document(document, options.format)
    write_job_summary(partial(make_job_page, ran.comparison, find_values, ran.suites, tables))
    require_sound(ran.results)
    return ExitCode.DIFFERENCES if options.exit_code and ran.comparison.changed else ExitCode.DONE
