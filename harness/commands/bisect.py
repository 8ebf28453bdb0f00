"""`bisect`: find the first release, or the first day, on which a cell's outcome changed."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.missing_table import make_missing_table
from harness.analysis.remedies import explain_suites
from harness.analysis.run_tables import write_tables
from harness.analysis.suites import SuiteView, describe_suite, make_complete_table, make_short_table
from harness.bisect.bisection import Bisector, SameEndsError
from harness.bisect.candidates import list_candidates
from harness.bisect.measuring import PipelineMeasurer
from harness.bisect.output import OutcomeText, Steps, as_data, make_block, split_drifts
from harness.catalogue.cell import Cell
from harness.catalogue.loading import load_catalogue
from harness.compare.cures import make_cure_line, names_loop_error
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.evidence.store import EvidenceStore
from harness.launchers.model import REFERENCE
from harness.output.printing import (
    find_terminal_width,
    print_aside,
    print_explain_line,
    print_json,
    print_lines,
    print_tables,
    short_path,
)
from harness.output.progress import NotesOnly
from harness.output.table import fold
from harness.output.text import duration
from harness.pipeline.setup import require_one, run_context
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.planning.cells import plan_cells
from harness.planning.plan import Plan
from harness.store.model import Results
from harness.store.reading import read_run
from harness.suites.environments import add_needs, collect_notes
from harness.suites.pythons import fit_interpreters
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.bisect.bisection import Bisection
    from harness.bisect.candidates import BisectCandidate
    from harness.bisect.search import ChangePoint
    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import BisectOptions
    from harness.output.table import Table
    from harness.suites.suite import Suite

PROFILE = "bisect"
"""What stands for a profile in the results."""


def run(options: BisectOptions) -> int:
    """Measure until the change is found, and print it."""
    started = time.perf_counter()
    catalogue = load_catalogue()
    cell = require_one(plan_cells(options, catalogue), "bisect")
    texts = OutcomeText(load_categories(), cell.id)
    bisection, built = _bisect(options, cell, catalogue, texts)
    changes = () if isinstance(cell, Cell) else bisection.changes
    views = [(bisection.measured[one.since].run, _view_change(options, cell, bisection, one)) for one in changes]
    if options.json:
        data = as_data(bisection, texts, cell=cell.id, over=options.over)
        print_json(data | {"tests": [describe_suite(view)["tests"] for _, view in views]})
    else:
        block = make_block(bisection, texts, cell=cell.id, over=options.over)
        print_lines("\n".join(fold(block, find_terminal_width())))
        tables = [make_short_table(view, names=False) for _, view in views]
        _print_tests(options, views, tables)
        print_lines("")
        print_explain_line(*tables, lines=block.splitlines())
        for line in dict.fromkeys(_list_cures(options, cell, bisection, texts)):
            print_lines(line)
    print_aside(f"{bisection.steps} steps, {built} environments, {duration(time.perf_counter() - started)}")
    return ExitCode.DONE


def _list_cures(options: BisectOptions, cell: Cell | Suite, bisection: Bisection, texts: OutcomeText) -> Iterator[str]:
    """The command that looks for a cure, for each change since which a suite of one's own fails by a loop error."""
    if isinstance(cell, Cell):
        return
    for change in bisection.changes:
        sides = (bisection.measured[change.before], bisection.measured[change.since])
        before, since = map(texts.describe, sides)
        environment = sides[1].environment
        if environment is not None and before != since and names_loop_error(since):
            yield make_cure_line(options, cell, environment, split_drifts(sides, options.over)[0])


def _view_change(options: BisectOptions, suite: Cell | Suite, bisection: Bisection, change: ChangePoint) -> SuiteView:
    """The tests of a suite before and since a change."""
    sides = (bisection.measured[change.before], bisection.measured[change.since])
    runs = tuple(run for side in sides for run in read_run(options.results, side.run).runs)
    return SuiteView(Results(runs=runs), suite.id, EvidenceStore(options.results), load_categories())


def _print_tests(options: BisectOptions, views: Sequence[tuple[str, SuiteView]], tables: Sequence[Table]) -> None:
    """The tests that changed, at each change; all of them go into a file of the run that measured what is since."""
    for (run, view), table in zip(views, tables, strict=True):
        print_lines("")
        print_tables(table)
        with report_storage_errors("The tables", options.results, RESULTS_REMEDY):
            text, page = write_tables(options.results, run, [make_complete_table(view)])
        print_lines(f"All tests: {short_path(text)} and {page.suffix}")


def _bisect(
    options: BisectOptions, cell: Cell | Suite, catalogue: Catalogue, texts: OutcomeText
) -> tuple[Bisection, int]:
    """What was found, and how many environments it took. Where nothing differs, what a suite lacks is printed."""
    provisioner = Provisioner(download=options.downloads)
    interpreters = provisioner.interpreters
    if not isinstance(cell, Cell) and not options.python_versions:
        interpreters = fit_interpreters(cell.needed.python, interpreters) or interpreters
    found = add_needed_packages(cell, list_candidates(options, interpreters, provisioner.releases))
    requests = tuple(candidate.request for candidate in found)
    notes = () if isinstance(cell, Cell) else collect_notes([cell], requests)
    plan = Plan(cells=(cell,), requests=requests, repeat=options.repeat, profile=PROFILE, notes=notes)
    steps = Steps(sys.stderr, texts, found)
    with ExitStack() as stack:
        opened, jobs = stack.enter_context(
            run_context(options, plan, catalogue, provisioner, folder=options.results, launcher=REFERENCE)
        )
        settings = replace(opened, fresh=options.fresh, progress=NotesOnly(sys.stderr))
        bench = stack.enter_context(PipelineMeasurer(settings, provisioner, jobs=jobs))
        bisector = Bisector(bench, load_categories(), steps, describe=texts.describe, every=options.every)
        try:
            bisection = bisector.run(found, options.repeat)
        except SameEndsError:
            runs = tuple(run for name in bench.runs for run in read_run(options.results, name).runs)
            store = EvidenceStore(options.results)
            missing = explain_suites("bisect", options, [cell], Results(runs=runs), store)
            if missing and not options.json:
                print_tables(make_missing_table(missing))
            raise
    return bisection, len(bench.built)


def add_needed_packages(cell: Cell | Suite, found: Sequence[BisectCandidate]) -> tuple[BisectCandidate, ...]:
    """The candidates, their environments with what a suite of one's own asks for."""
    if isinstance(cell, Cell):
        return tuple(found)
    return tuple(msgspec.structs.replace(one, request=add_needs(one.request, cell)) for one in found)
