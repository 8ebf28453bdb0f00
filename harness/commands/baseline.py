"""`baseline`: make files to commit out of results, or out of what a declared plan measures."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.cli.fields import VersionOptions
from harness.cli.given import list_given_for_running
from harness.compare.problems import find_first_problem
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.invocation import command_line
from harness.output.printing import print_json, print_lines, print_tables, short_path
from harness.pipeline.settings import count_cores
from harness.pipeline.storage import report_storage_errors
from harness.regress.baseline_making import ASIDE, choose_runs, require_nothing_lost
from harness.regress.baseline_plan import choose_parts, list_wanted, load_plan, narrow
from harness.regress.baseline_running import REMEDY, measure, write_file
from harness.regress.baseline_state import assess
from harness.regress.baseline_tables import list_as_json, make_files_table, make_plan_table
from harness.report.kept import keep_runs
from harness.store.files import PACKED_SUFFIX, list_results_files, make_packed_file_name
from harness.store.reading import read_results

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import BaselineOptions
    from harness.regress.baseline_making import Choice
    from harness.regress.baseline_state import BaselineProgress
    from harness.store.model import Results


def run(options: BaselineOptions) -> int:
    """Write a packed file an environment and say what is in them."""
    if options.plan is not None:
        return carry_out(options, options.plan)
    require_plan(options)
    results = read_results(options.results)
    choice = choose_runs(results)
    if not choice.runs:
        raise _make_nothing_error(options.results, results, choice)
    with report_storage_errors("The baseline", options.into, REMEDY):
        require_nothing_lost(options.into, choice.runs)
        written = [write_file(options.into, run) for run in choice.runs]
        keep_runs(options.into, options.results)
    if options.json:
        print_json({"into": str(options.into), "files": written, "not_read": list(map(str, results.broken))})
    else:
        print_tables(make_files_table(written, options.into, choice))
        for line in results.broken:
            print_lines(f"Not read: {line}")
    return ExitCode.DONE


def require_plan(options: BaselineOptions) -> None:
    """Raise `UsageError` for an option that says what is measured or how, where nothing is to be measured."""
    flag = next(list_given_for_running(options), None)
    if flag is not None:
        raise UsageError(
            f"{flag} is for what a plan measures, and without --plan nothing is measured.",
            remedy=f"Write `{command_line('baseline', f'--plan {flag} …')}`.",
        )


def carry_out(options: BaselineOptions, plan: Path) -> int:
    """Measure what the plan wants and the baseline lacks; with `--dry-run`, list it.

    Raises `UsageError` where what was measured can't become a baseline; what could be is written.
    """
    catalogue, provisioner = load_catalogue(), Provisioner()
    jobs = options.jobs or count_cores()
    progress = look(options, plan, catalogue, provisioner)
    due = [one for one in progress if one.is_due]
    if options.json and options.dry_run:
        print_json({"into": str(options.into), "environments": list_as_json(progress, jobs)})
    elif not options.json:
        unplanned = list_unplanned(options, progress)
        print_tables(make_plan_table(progress, options.into, jobs, unplanned))
    if options.dry_run:
        return ExitCode.DONE
    packed = measure(options, due, catalogue, provisioner) if due else None
    written = packed.written if packed else []
    if written:
        with report_storage_errors("The baseline", options.into, REMEDY):
            keep_runs(options.into, options.results)
    if options.json:
        left = list_as_json(look(options, plan, catalogue, provisioner), jobs)
        print_json({"into": str(options.into), "environments": left, "files": written})
    elif written:
        print_tables(make_files_table(written, options.into))
    for error in packed.refused[:1] if packed else ():
        raise error
    return ExitCode.DONE


def look(
    options: BaselineOptions, plan: Path, catalogue: Catalogue, provisioner: Provisioner
) -> list[BaselineProgress]:
    """How far each environment of the plan is that the options leave."""
    parts = choose_parts(load_plan(plan), options.only)
    wanted = list_wanted(parts, catalogue, provisioner.interpreters, provisioner.releases)
    chosen = narrow(wanted, options, provisioner.interpreters, provisioner.releases)
    return assess(chosen, catalogue, provisioner, into=options.into, results=options.results)


def list_unplanned(options: BaselineOptions, progress: Iterable[BaselineProgress]) -> list[str]:
    """Files of the baseline that the plan has no environment for; none where the options leave only some of it."""
    narrowed = {one.name for one in dataclasses.fields(VersionOptions) if getattr(options, one.name) != one.default}
    if options.only or narrowed or not options.into.is_dir():
        return []
    planned = {make_packed_file_name(one.environment) for one in progress}
    files = list_results_files(options.into, (PACKED_SUFFIX,))
    return [path.name for path in files if path.name not in planned]


def _make_nothing_error(place: Path, results: Results, choice: Choice) -> UsageError:
    problem = find_first_problem(place, results)
    besides = f" but those of {', '.join(sorted(ASIDE))}" if choice.aside else ""
    return UsageError(
        f"There are no finished runs in {short_path(place)}{besides}{f': {problem}' if problem else ''}.",
        remedy=f"Run first, for instance `{command_line('matrix', '--profile standard')}`.",
    )
