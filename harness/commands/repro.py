"""`repro`: one cell or suite in one environment, as a folder and as a single file that need nothing of this project."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.headline import describe
from harness.catalogue.cell import CORE_AXES, Cell
from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.evidence.store import EvidenceStore
from harness.launchers.model import REFERENCE
from harness.output.printing import find_terminal_width, print_explain_line, print_json, print_lines, short_path
from harness.output.table import fold
from harness.packages import NEWEST
from harness.pipeline.cells import make_target
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import count_cores, make_run_id
from harness.pipeline.setup import require_one, run_context
from harness.pipeline.soundness import require_sound
from harness.pipeline.storage import report_storage_errors, require_writable
from harness.planning.cells import plan_cells
from harness.planning.plan import plan_run
from harness.repro.errors import list_errors
from harness.repro.expecting import list_expected
from harness.repro.model import Reproduction, list_required, make_name
from harness.repro.output import describe_files, describe_measured, make_title
from harness.repro.secrets import hide_secrets
from harness.repro.sharing import share_files
from harness.repro.trials import (
    Ended,
    check_once,
    choose_target,
    describe_minimized,
    minimize_suite,
    summarize_minimized,
)
from harness.repro.writing import require_free, write_reproduction
from harness.store.reading import read_run
from harness.suites.conditions import Conditions
from harness.suites.subject import CatalogueCell
from harness.suites.suite import PREFIX, Suite, make_slug, make_suite
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import ReproOptions
    from harness.pipeline.settings import Settings
    from harness.planning.plan import Plan
    from harness.repro.trials import Minimized
    from harness.store.model import Results

PROFILE = "repro"
"""What stands for a profile in the results."""

_WHAT = "The reproduction"
_REMEDY = "Make room, or choose another folder with --into."


def run(options: ReproOptions) -> int:
    """Run it in a new process, and write it down with what was measured."""
    catalogue = load_catalogue()
    chosen = require_one(plan_cells(options, catalogue), "repro")
    shared = share_files(chosen, options.include) if isinstance(chosen, Suite) else None
    cell = shared.suite if shared else chosen  # what is measured is what is written
    provisioner = Provisioner(download=options.downloads)
    default = () if options.environment is not None else (NEWEST,)
    asked = replace(options, pytest_asyncio_versions=options.pytest_asyncio_versions or default)
    plan = plan_run(asked, (cell,), provisioner.interpreters, provisioner.releases)
    plan = msgspec.structs.replace(plan, profile=PROFILE)
    _require_one_environment(plan)
    require_writable(options.into, _WHAT, "Choose a folder that can be written to with --into.")
    name = f"{PREFIX}{make_slug(cell.id.removeprefix(PREFIX))}-minimized" if options.minimize else cell.id
    require_free(options.into, make_name(name, plan.requests[0].plugin, plan.requests[0].python))
    folder = options.results
    tries = msgspec.structs.replace(plan, repeat=options.jobs or count_cores()) if options.minimize else plan
    minimized = None
    with run_context(options, tries, catalogue, provisioner, folder=folder, launcher=REFERENCE) as (opened, jobs):
        settings = replace(opened, plan=plan)
        execute_plan(settings, provisioner, jobs=jobs)
        results = original = read_run(folder, settings.run)
        require_sound(results)
        if options.minimize:
            minimized = _minimize(cell, name, catalogue, settings, provisioner, jobs=jobs, seconds=options.time)
            cell = minimized.suite
            if minimized.ended is not Ended.INTERRUPTED:
                results = _run_alone(settings, minimized.suite, provisioner)
    if minimized and minimized.ended is Ended.INTERRUPTED:
        # Ctrl-C has ended all that ran, for good: server and processes have to be new.
        fresh = Provisioner()
        with run_context(options, plan, catalogue, fresh, folder=folder, launcher=REFERENCE) as (again, _):
            again.progress.note("interrupted: the smallest found by now is run once and written")
            results = _run_alone(replace(again, plan=plan), minimized.suite, fresh)
        minimized = check_once(minimized, *(one.runs[0].outcomes[0].verdict for one in (original, results)))
    it = make_reproduction(cell, catalogue, results, EvidenceStore(folder))
    left_out = shared.left_out if shared else {}
    with report_storage_errors(_WHAT, options.into, _REMEDY):
        paths = write_reproduction(options.into, it)
    if options.json:
        written = {"written": [str(path) for path in paths], "files": sorted(it.files), "left_out": left_out}
        sizes = {"minimized": summarize_minimized(minimized)} if minimized else {}
        print_json({"subject": it.subject, "verdict": it.verdict, **written, **sizes})
    else:
        lines = (
            make_title(it),
            *fold("\n".join(f"  {line}" for line in describe_measured(it)), find_terminal_width()),
            *((fold("\n".join(describe_minimized(minimized)), find_terminal_width())) if minimized else ()),
            "",
            *(f"Written: {short_path(path)}" for path in paths),
            *fold("\n".join(describe_files(it.files, left_out) if shared else ()), find_terminal_width()),
        )
        print_lines("\n".join(lines))
        print_lines("")
        print_explain_line(lines=[it.label])
    return ExitCode.DONE


def _minimize(
    cell: Cell | Suite,
    name: str,
    catalogue: Catalogue,
    settings: Settings,
    provisioner: Provisioner,
    *,
    jobs: int,
    seconds: float,
) -> Minimized:
    """What is left of a suite whose run is the last one. Raises `UsageError` where there is no error to keep."""
    (run,) = read_run(settings.folder, settings.run).runs
    (outcome,) = run.outcomes
    if run.header.environment is None or not outcome.evidence or not choose_target(outcome.verdict):
        raise UsageError(
            f"{cell.id} shows no error there, so there is nothing to keep while it is minimized.",
            remedy="Name versions on which it fails, or leave --minimize out.",
        )
    if isinstance(cell, Cell):
        files = CatalogueCell(cell, catalogue).files(make_target(run.header.environment))
        content = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        cell = replace(make_suite(name, content), additions=catalogue.additions(cell))
    evidence = settings.evidence.get(outcome.evidence)
    with tempfile.TemporaryDirectory() as folder:
        return minimize_suite(
            cell,
            outcome.verdict,
            evidence,
            settings,
            provisioner,
            folder=Path(folder),
            jobs=jobs,
            seconds=seconds,
            name=name,
        )


def _run_alone(settings: Settings, suite: Suite, provisioner: Provisioner) -> Results:
    """The results of a further run, of this suite."""
    (request,) = settings.plan.requests
    plan = msgspec.structs.replace(settings.plan, cells=(suite,), cells_by_request={request: frozenset({suite})})
    settings = replace(settings, plan=plan, run=make_run_id())
    execute_plan(settings, provisioner, jobs=1)
    results = read_run(settings.folder, settings.run)
    require_sound(results)
    return results


def make_reproduction(cell: Cell | Suite, catalogue: Catalogue, results: Results, store: EvidenceStore) -> Reproduction:
    """Out of the results of its one run.

    Raises `UsageError` where nothing could be run, `EvidenceError` where its evidence is gone.
    """
    (run,) = results.runs
    verdicts = [outcome.verdict for outcome in run.outcomes]
    here = run.header.environment
    if here is None or verdicts[0].status is Status.NOT_APPLICABLE:
        reason = verdicts[0].reason if verdicts else run.header.environment_id
        raise UsageError(f"{cell.id} can't be run there: {reason}", remedy="Choose other versions, or another cell.")
    subject = CatalogueCell(cell, catalogue) if isinstance(cell, Cell) else cell
    values = catalogue.named_values(cell) if isinstance(cell, Cell) else []
    server = run.header.server
    assert server is not None, "what was run has a server"
    files = subject.files(make_target(here))
    conditions = subject.conditions or Conditions()
    hide = partial(hide_secrets, values=[value for _, value in conditions.variables])
    evidence = store.get(run.outcomes[0].evidence)
    return Reproduction(
        subject=cell.id,
        habits=tuple(
            (f"{value.axis}={value.name}", value.value.meaning)
            for value in values
            if value.axis in CORE_AXES or value.name != catalogue.defaults[value.axis]
        ),
        environment=here,
        requirements=list_required(here, subject.additions),
        server=f"{server.product} {server.version}",
        files=files,
        verdict=verdicts[0],
        label=hide(describe(cell.id, verdicts[0], load_categories())),
        errors=tuple(map(hide, list_errors(verdicts[0], evidence))),
        expected=list_expected(verdicts[0], evidence, hide),
        arguments=tuple(map(hide, conditions.arguments)),
        cluster=subject.server == "cluster",
        variables=tuple(name for name, _ in conditions.variables),
    )


def _require_one_environment(plan: Plan) -> None:
    if len(plan.requests) > 1:
        raise UsageError(
            f"repro takes one environment, not {len(plan.requests)}.",
            remedy="Name one version of each, such as --pytest-asyncio 1.5.0 --python 3.13.",
        )
