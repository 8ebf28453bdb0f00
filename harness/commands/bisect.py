"""`bisect`: find the first release, or the first day, on which a cell's outcome changed."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.bisect.bisection import Bisection, Bisector
from harness.bisect.candidates import list_candidates
from harness.bisect.measuring import PipelineMeasurer
from harness.bisect.output import OutcomeText, Steps, as_data, make_block
from harness.catalogue.cell import Cell
from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.launchers.model import REFERENCE
from harness.output.printing import find_terminal_width, print_aside, print_json, print_lines
from harness.output.progress import NotesOnly
from harness.output.table import fold
from harness.pipeline.setup import require_one, run_context
from harness.planning.cells import plan_cells
from harness.planning.plan import Plan
from harness.suites.environments import add_needs, collect_notes
from harness.suites.pythons import fit_interpreters
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.bisect.candidates import Candidate
    from harness.cli.options import BisectOptions
    from harness.suites.suite import Suite
    from harness.verdicts.signatures import SignatureCategory

PROFILE = "bisect"
"""What stands for a profile in the results."""


def run(options: BisectOptions) -> int:
    """Measure until the change is found, and print it."""
    started = time.perf_counter()
    categories = load_categories()
    texts = OutcomeText(categories)
    bisection, cell, built = _bisect(options, categories, texts)
    if options.json:
        print_json(as_data(bisection, texts, cell=cell, over=options.over))
    else:
        block = make_block(bisection, texts, cell=cell, over=options.over)
        print_lines("\n".join(fold(block, find_terminal_width())))
    print_aside(f"{bisection.steps} steps, {built} environments, {time.perf_counter() - started:.1f} s")
    return ExitCode.DONE


def _bisect(
    options: BisectOptions, categories: Mapping[str, SignatureCategory], texts: OutcomeText
) -> tuple[Bisection, str, int]:
    """What was found, the cell's id, and how many environments it took."""
    catalogue = load_catalogue()
    cell = require_one(plan_cells(options, catalogue), "bisect")
    provisioner = Provisioner()
    interpreters = provisioner.interpreters
    if not isinstance(cell, Cell) and not options.python_versions:
        interpreters = fit_interpreters(cell.needed.python, interpreters) or interpreters
    found = add_needed_packages(cell, list_candidates(options, interpreters, provisioner.releases))
    requests = tuple(candidate.request for candidate in found)
    notes = () if isinstance(cell, Cell) else collect_notes([cell])
    plan = Plan(cells=(cell,), requests=requests, repeat=options.repeat, profile=PROFILE, notes=notes)
    steps = Steps(sys.stderr, texts, found)
    with ExitStack() as stack:
        opened, jobs = stack.enter_context(
            run_context(options, plan, catalogue, provisioner, folder=options.results, launcher=REFERENCE)
        )
        settings = replace(opened, fresh=options.fresh, progress=NotesOnly(sys.stderr))
        bench = stack.enter_context(PipelineMeasurer(settings, provisioner, jobs=jobs))
        bisector = Bisector(bench, categories, steps, describe=texts.describe, every=options.every)
        bisection = bisector.run(found, options.repeat)
    return bisection, cell.id, len(bench.built)


def add_needed_packages(cell: Cell | Suite, found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, their environments with what a suite of one's own asks for."""
    if isinstance(cell, Cell):
        return tuple(found)
    return tuple(msgspec.structs.replace(one, request=add_needs(one.request, cell)) for one in found)
