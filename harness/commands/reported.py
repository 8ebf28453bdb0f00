"""`reported`: run suites rebuilt from public bug reports and compare what happens with what each report states."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.evidence.store import EvidenceStore
from harness.launchers.model import REFERENCE
from harness.output.printing import print_document
from harness.output.progress import ExpectingErrors
from harness.pipeline.run import execute_plan
from harness.pipeline.setup import run_context
from harness.pipeline.soundness import require_sound
from harness.reported.measuring import judge_states
from harness.reported.planning import choose_reports, make_plan, plan_states
from harness.reported.report import load_not_rebuilt, load_reports
from harness.reported.tables import as_document
from harness.store.model import Results
from harness.store.reading import read_run
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.cli.options import ReportedOptions
    from harness.reported.planning import PlannedState


def run(options: ReportedOptions) -> int:
    """Measure and print; 1 if anything disagrees with a report and nobody has found out why.

    Raises `NotMeasuredError` after printing if the server or the machine failed some of it.
    """
    reports, left_out = load_reports(), load_not_rebuilt()
    named = choose_reports(options.names, reports, left_out)
    provisioner = Provisioner()
    asked = plan_states(named, provisioner.interpreters, sys.platform)
    results = measure(options, asked, provisioner)
    found = judge_states(asked, results, EvidenceStore(options.results), load_signatures(), provisioner.describe)
    document = as_document(found, () if options.names else left_out, detailed=bool(options.names))
    print_document(document, options.format)
    if any(one.unexplained for one in found):
        return ExitCode.DIFFERENCES
    require_sound(results)
    return ExitCode.DONE


def measure(options: ReportedOptions, asked: Sequence[PlannedState], provisioner: Provisioner) -> Results:
    """What a run of all that can be measured here gave; nothing is started if that is nothing.

    Each suite runs in a new process: with one or two suites an environment, a fork has nothing to save.
    """
    plan = make_plan(asked)
    if not plan.requests:
        return Results(runs=(), broken=())
    folder, catalogue = options.results, load_catalogue()
    with run_context(options, plan, catalogue, provisioner, folder=folder, launcher=REFERENCE) as (opened, jobs):
        settings = replace(opened, fresh=options.fresh, progress=ExpectingErrors(opened.progress))
        execute_plan(settings, provisioner, jobs=jobs)
    return read_run(folder, settings.run)
