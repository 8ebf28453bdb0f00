"""`regress`: run again what a baseline holds, with given versions, and judge every difference."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from harness.catalogue.loading import find_values, load_catalogue
from harness.catalogue.unstable import find_why_unstable
from harness.compare.annotations import annotate_comparison
from harness.compare.comparing import Comparer, select_measured
from harness.compare.cures import list_cures
from harness.compare.sides import ResultsPlace, read_versions
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.files import replace_file
from harness.output.job_summary import write_job_summary
from harness.output.printing import print_aside, print_document, print_lines, short_path
from harness.output.text import count
from harness.pipeline.setup import run_plan
from harness.pipeline.soundness import require_equal_launchers, require_sound
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.regress.baseline import Baseline, read_baseline
from harness.regress.expected import Expectations
from harness.regress.expected_file import NAME, Cells, read_expected, require_packages
from harness.regress.judging import judge, make_environment
from harness.regress.output import as_document, make_page
from harness.regress.planning import plan_regress
from harness.regress.proposing import NAME as PROPOSED
from harness.regress.proposing import propose_entries
from harness.regress.versions import read_requested
from harness.store.reading import read_run
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import RegressOptions
    from harness.regress.judging import Judged
    from harness.store.model import Results

FOLDER = "regress"
"""Below the results folder: a run must not take over what it is compared with."""


def run(options: RegressOptions) -> int:
    """Run, print what differs, write the job summary; 1 if a difference is not expected."""
    baseline = read_baseline(options.baseline, lean=not options.suites)
    folder = options.results / FOLDER
    if os.path.realpath(folder) == os.path.realpath(baseline.folder):
        raise UsageError(
            f"The run would be written to its own baseline, {folder}.", remedy="Name another folder with --results."
        )
    judged, results = _run_and_judge(options, baseline, folder, load_catalogue())
    print_document(as_document(judged), options.format)
    write_job_summary(partial(make_page, judged))
    if options.propose:
        write_proposal(judged, folder)
    if options.format == "text":
        print_lines(f"\nResults: {short_path(folder)}")
    require_equal_launchers(results)
    if judged.comparison.changed:
        return ExitCode.DIFFERENCES
    require_sound(results)
    return ExitCode.DONE


def _run_and_judge(
    options: RegressOptions, baseline: Baseline, folder: Path, catalogue: Catalogue
) -> tuple[Judged, Results]:
    expected = options.expected or baseline.folder / NAME
    there = options.expected is not None or expected.exists()
    entries = read_expected(expected, Cells(catalogue, baseline.measured.all_cells())) if there else ()
    provisioner = Provisioner(download=options.downloads)
    asked = read_requested(options, provisioner.interpreters, provisioner.releases)
    narrowed = baseline.only(read_versions(options.against)) if options.against else baseline
    plan = plan_regress(options, narrowed, asked, catalogue, provisioner)
    require_packages(expected, entries, [*baseline.measured.environments, *map(make_environment, plan.again)])
    run_id = run_plan(options, plan.plan, catalogue, provisioner, folder=folder, fresh=options.fresh)
    results = read_run(folder, run_id)
    categories = load_categories()
    judged = judge(
        narrowed,
        plan,
        results,
        asked,
        Expectations(entries, values=find_values, today=datetime.now(UTC).date()),
        comparer=Comparer(categories, find_values),
        categories=categories,
        why_unstable=find_why_unstable(catalogue),
        expected=expected if there else None,
    )
    measures = narrowed.measured, select_measured(results, ResultsPlace(folder))
    return replace(
        judged,
        cures=list_cures(options, plan.plan.cells, judged.comparison),
        annotations=annotate_comparison(judged.comparison, measures, plan.plan.cells, categories),
    ), results


def write_proposal(judged: Judged, folder: Path) -> None:
    """Write entries for what nothing excuses, beside the run, and say where on standard error."""
    if not judged.comparison.changed:
        print_aside("There is nothing to propose: no difference is unexpected.")
        return
    path = folder / PROPOSED
    with report_storage_errors("The entries", folder, RESULTS_REMEDY):
        replace_file(path, propose_entries(judged.comparison, datetime.now(UTC).date()).encode())
    groups = count(len(judged.comparison.groups), "group")
    print_aside(f"Entries for {NAME}, for {groups} of differences: {short_path(path)}. Each still needs its reason.")
