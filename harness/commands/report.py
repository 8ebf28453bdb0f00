"""`report`: write stored results as a page, as Markdown, a table, a badge or a database."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from harness.errors import ExitCode, UsageError
from harness.files import replace_when_written
from harness.output.display import show_steps
from harness.output.printing import print_aside, print_lines, print_texts, short_path, show_page
from harness.pipeline.storage import report_storage_errors
from harness.report.choosing import is_same, read_chosen, read_run_and_baseline, read_whole
from harness.store.files import PACKED_SUFFIX, SUFFIX
from harness.store.model import Results
from harness.store.reading import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.cli.options import ReportOptions
    from harness.report.choosing import Chosen

PAGE = "report.html"
"""Of the page, in the results folder."""

REMEDY = "Make room there, or name another file."


def run(options: ReportOptions) -> int:
    """Write the results in the format that is chosen."""
    chosen = [name for name in WRITERS if getattr(options, name)]
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} don't go together.", remedy="Leave one of them out.")
    if chosen and options.open_page:
        raise UsageError("--open is for the page.", remedy=f"Leave it out, or leave --{chosen[0]} out.")
    for path in filter(None, (options.write, options.sqlite)):
        require_no_results(path)
    write = WRITERS[chosen[0]] if chosen else write_page
    write(options)
    return ExitCode.DONE


def require_no_results(path: Path) -> None:
    """Raise `UsageError` for a name that results have: they would be gone."""
    if path.name.endswith((SUFFIX, PACKED_SUFFIX)):
        raise UsageError(f"{short_path(path)} has a name of results.", remedy="Name another file for the report.")


def write_page(options: ReportOptions) -> None:
    """The page to look at."""
    with show_steps() as show:
        show("Reading results …")
        chosen = read_chosen(options)
        _print_unread(chosen)
        making = import_module("harness.report.making")
        results = Results(runs=tuple(read_whole(chosen.results, Texts())))
        own = [place for place in options.places or [options.results] if not is_same(place, options.baseline)]
        text = making.make_report(results, own, sources=chosen.sources, show=show)
    path = options.write or options.results / PAGE
    _write([text], path)
    if options.open_page:
        show_page(path)


def write_markdown(options: ReportOptions) -> None:
    """What came of a run, and how it differs from the baseline."""
    chosen, baseline = read_run_and_baseline(options)
    _print_unread(chosen)
    markdown = import_module("harness.report.markdown")
    _write([markdown.make_page(chosen, baseline, options.baseline)], options.write)


def write_csv(options: ReportOptions) -> None:
    """A row an outcome."""
    chosen = read_chosen(options)
    _print_unread(chosen)
    spreadsheet = import_module("harness.report.spreadsheet")
    _write(spreadsheet.make_lines(read_whole(chosen.results)), options.write)


def write_badge(options: ReportOptions) -> None:
    """An image that says on which releases a suite or a habit is clean."""
    chosen = read_chosen(options)
    _print_unread(chosen)
    badge = import_module("harness.report.badge")
    there = {one.cell for run in chosen.results.runs for one in run.outcomes}
    cell = badge.find_cell(options.badge, there, chosen.where)
    _write([badge.draw(badge.make_badge(cell, chosen))], options.write)


def write_sqlite(options: ReportOptions) -> None:
    """A database."""
    assert options.sqlite is not None
    if options.write:
        raise UsageError("--sqlite names its file itself.", remedy="Leave --write out.")
    chosen = read_chosen(options)
    _print_unread(chosen)
    sqlite = import_module("harness.report.sqlite")
    sqlite.write_database(options.sqlite, chosen.results, read_whole(chosen.results))
    _print_written(options.sqlite)


WRITERS: dict[str, Callable[[ReportOptions], None]] = {
    "markdown": write_markdown,
    "csv": write_csv,
    "badge": write_badge,
    "sqlite": write_sqlite,
}
"""The formats by the options that choose them."""


def _print_unread(chosen: Chosen) -> None:
    for line in chosen.unread:
        print_aside(line)


def _write(texts: Iterable[str], path: Path | None) -> None:
    """Write the texts one after the other to a file, which is then there as a whole, or else print them."""
    if path is None:
        print_texts(texts)
        return
    with (
        report_storage_errors("The report", path, REMEDY),
        replace_when_written(path) as beside,
        beside.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(texts)
    _print_written(path)


def _print_written(path: Path) -> None:
    print_lines(f"Report: {short_path(path)}")
