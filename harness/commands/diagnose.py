"""`diagnose`: what the matrix knows about a suite's habits, and with `--run` what really happened in it."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.missing_table import make_missing_table
from harness.catalogue.loading import load_catalogue
from harness.diagnose.diagnosing import diagnose, find_versions
from harness.diagnose.output import DiagnosisWriter
from harness.diagnose.run_output import describe_runs, is_plain, make_runs_data
from harness.diagnose.running import observe_suites
from harness.diagnose.sarif import make_sarif
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, UsageError
from harness.knowledge.outcomes import Outcomes
from harness.output.printing import find_terminal_width, print_json, print_lines, print_tables
from harness.pipeline.beside import choose_environment
from harness.planning.suites import read_suites
from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.cli.options import DiagnoseOptions
    from harness.diagnose.diagnosis import Diagnosis
    from harness.diagnose.running import ObservedRun
    from harness.suites.suite import Suite


def run(options: DiagnoseOptions) -> int:
    """Say what is known of the suites, or run them and say what happened."""
    return _run_suites(options) if options.run else _read_suites(options)


def _read_suites(options: DiagnoseOptions) -> int:
    catalogue = load_catalogue()
    suites = load_suites(options.suites, Conditions())
    found = _diagnose(suites, options)
    if options.measure and any(one.unmeasured for one in found):
        # Not imported above: what is known already is looked up without a server and a resolver.
        measure_cells = import_module("harness.explain.measuring").measure_cells
        outcomes = Outcomes.read(options.results, options.baseline)
        for suite, one in zip(suites, found, strict=True):
            chosen, _ = choose_environment(replace(options, suites=(str(suite.folder),)))
            versions, _ = find_versions(suite, chosen, outcomes)
            measure_cells(versions, catalogue, options.results, list(map(catalogue.parse, one.unmeasured)))
        found = _diagnose(suites, options)
    if options.format == "sarif":
        print_json(make_sarif(found))
    elif options.json:
        print_json({"suites": msgspec.to_builtins(found)})
    else:
        writer = DiagnosisWriter(find_terminal_width(), every=options.every)
        print_lines("\n\n\n".join("\n".join(writer.write(one)) for one in found))
    return ExitCode.DONE


def _diagnose(suites: Iterable[Suite], options: DiagnoseOptions) -> list[Diagnosis]:
    outcomes = Outcomes.read(options.results, options.baseline)
    return [diagnose(suite, options, load_catalogue(), outcomes) for suite in suites]


def _run_suites(options: DiagnoseOptions) -> int:
    if options.format == "sarif":
        raise UsageError("--run has no --format sarif.", remedy="Leave --run out, or choose text or json.")
    runs: list[ObservedRun] = []
    for one in dict.fromkeys(options.suites):  # each may have an environment of its own
        interpreters = Provisioner(download=options.downloads).interpreters
        chosen, beside = choose_environment(replace(options, suites=(one,)), interpreters)
        if beside and not options.json:
            print_lines(beside)
        found = observe_suites(chosen, read_suites(chosen), load_catalogue())
        runs += found
        if not options.json:
            plain = is_plain(sys.stdout.encoding)
            print_lines("\n".join(describe_runs(found, find_terminal_width(), every=options.every, plain=plain)))
            print_tables(*filter(None, [make_missing_table([one.missing for one in found if one.missing])]))
    if options.json:
        print_json({"runs": make_runs_data(runs)})
    return ExitCode.DONE if all(one.ran for one in runs) else ExitCode.DIFFERENCES
