"""`cure --suite`: try changes on copies of a suite, prove them, and show the smallest."""

from __future__ import annotations

import re
import shlex
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.analysis.remedies import explain_suites, write_results, write_run
from harness.catalogue.loading import load_catalogue
from harness.cure.annotations import annotate_cures
from harness.cure.applying import apply_change, require_clean_tree, require_writable_file
from harness.cure.conftests import list_conftests
from harness.cure.edits.listing import list_edits
from harness.cure.elsewhere import list_elsewhere, prove_elsewhere
from harness.cure.output import Display, as_data, make_stored, print_closing, print_report
from harness.cure.page import make_cure_page
from harness.cure.plugin_changes import drop_releases, fit_without_plugin
from harness.cure.proving import OriginalRuns
from harness.cure.report import SuiteReport
from harness.cure.search import CONTROL_RUNS, MOST_CURES, Searcher
from harness.cure.settings import list_settings
from harness.cure.stored import FOLDER, write_cures
from harness.cure.trials import TrialRunner, Variant
from harness.cure.versions import choose_versions, list_named, list_nearer, list_versions
from harness.environments.identity import PLUGIN
from harness.environments.model import Environment
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, SuitesNotRunError, UsageError
from harness.evidence.store import EvidenceStore
from harness.habits.plugin_use import asks_for_plugin
from harness.habits.reading import read_habits
from harness.invocation import command_line
from harness.launchers.model import REFERENCE
from harness.output.job_summary import write_job_summary
from harness.output.printing import print_aside, print_commands, print_json, print_lines, short_path
from harness.pipeline.beside import choose_environment
from harness.pipeline.cells import make_target
from harness.pipeline.settings import count_cores
from harness.pipeline.setup import require_one, run_context
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.planning.environments import require_known
from harness.planning.plan import plan_run
from harness.planning.suites import read_suites
from harness.store.model import Results
from harness.store.reading import read_run
from harness.suites.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.missing_table import ExplainedSuite
    from harness.cli.options import CureOptions
    from harness.cure.model import Candidate, Content
    from harness.environments.model import EnvironmentRequest
    from harness.planning.plan import Plan

BASELINE_RUNS = 2
"""Of the suite as it is."""

QUICK = 15.0
"""Seconds for these, in which they may be followed by more to see an error that is met now and then."""


def cure_suites(options: CureOptions) -> int:
    """Search, print, and write what was asked for. 0 if there is a cure or nothing to cure, 1 if nothing helps."""
    provisioner = Provisioner(download=options.downloads)
    options, beside = choose_environment(options, provisioner.interpreters)
    if beside:
        print_aside(beside)
    suite = require_one(read_suites(options), "cure")
    assert isinstance(suite, Suite), "only suites are read"
    _require_patterns(options.errors)
    if options.apply:
        require_clean_tree(suite)
    if options.write is not None:
        require_writable_file(options.write)
    report = search_suite(options, suite, provisioner)
    with report_storage_errors("The cures", report.folder, RESULTS_REMEDY):
        write_cures(report.folder, make_stored(report))
    match options.format:
        case "json":
            print_json(as_data(report))
        case "github":
            print_commands(annotate_cures(report, suite.folder))
        case _:
            print_report(report, every=options.every)
    write_job_summary(partial(make_cure_page, report))
    _write(options, suite, report)
    if options.format == "text":
        command = command_line("cure", shlex.join(["--suite", *write_run(options, suite), *write_results(options)]))
        print_closing(report, command, patch=options.write, folder=suite.folder, applied=options.apply)
        if report.findings.cures and any(options.results.glob("*.jsonl")):
            # The page of the run was made before there were any.
            print_lines(f"To look at, beside what ran: {command_line('report', shlex.join(write_results(options)))}")
    return _choose_exit_code(report)


def search_suite(options: CureOptions, suite: Suite, provisioner: Provisioner) -> SuiteReport:
    """All that was found for one suite. Raises `SuitesNotRunError` where it can't be run at all."""
    interpreters, releases = provisioner.interpreters, provisioner.releases
    require_known(releases, PLUGIN, options.on)
    chosen = choose_versions(options, suite, interpreters, releases)
    plan = plan_run(chosen, (suite,), interpreters, releases, repeat=count_cores())
    return SuiteSearch(options, suite, plan, provisioner).run()


def _require_patterns(patterns: Sequence[str]) -> None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(
                f"--error {pattern!r} is no regular expression: {error}.",
                remedy="Put a backslash before brackets and the like, or name a part of the text without them.",
            ) from None


def _write(options: CureOptions, suite: Suite, report: SuiteReport) -> None:
    """Write the best cure, or change the suite by it, as far as that was asked for."""
    best = report.best
    if best is None:
        if options.write is not None or options.apply:
            print_aside("There is no cure to write, so nothing is written.")
        return
    if options.write is not None:
        with report_storage_errors("The patch", options.write, "Name another file with --write."):
            options.write.write_bytes(best.variant.patch.encode("utf-8", "surrogateescape"))
        print_aside(f"Written to {short_path(options.write)}.")
    if options.apply:
        paths = apply_change(suite, report.content, best.variant.content)
        new = [path for path in paths if path not in report.content]
        how = f"git diff shows how, but not what is new: {', '.join(new)}" if new else "git diff shows how"
        print_aside(f"Changed in {short_path(suite.folder)}: {', '.join(paths)}. {how}.")


def _choose_exit_code(report: SuiteReport) -> ExitCode:
    if report.findings.interrupted:
        return ExitCode.INTERRUPTED
    healthy = report.findings.cures if report.has_errors else not (report.others or report.endings)
    return ExitCode.DONE if healthy else ExitCode.DIFFERENCES


class SuiteSearch:
    """One search, from the runs of the suite as it is to the proofs on further versions."""

    def __init__(self, options: CureOptions, suite: Suite, plan: Plan, provisioner: Provisioner) -> None:
        self._options = options
        self._suite = suite
        self._plan = plan
        self._provisioner = provisioner
        self._started = time.monotonic()
        self._folder = options.results / FOLDER
        self._display = Display(sys.stderr)

    def run(self) -> SuiteReport:
        """Start what is needed, search, and put it away."""
        context = run_context(
            self._options, self._plan, load_catalogue(), self._provisioner, folder=self._folder, launcher=REFERENCE
        )
        with context as (opened, jobs):
            settings = replace(opened, fresh=self._options.fresh, progress=self._display)
            runner = TrialRunner(settings, self._provisioner, self._suite, jobs=jobs, named=self._options.errors)
            report = self._search(runner, jobs)
            return replace(report, trials=runner.trials, seconds=time.monotonic() - self._started)

    def _search(self, runner: TrialRunner, jobs: int) -> SuiteReport:
        baselines = self._measure_baselines(runner)
        report = SuiteReport(
            suite=self._suite.id,
            content=runner.content,
            environments={request: self._describe(request) for request in baselines},
            baselines=baselines,
            folder=self._folder,
        )
        if not report.has_errors:
            return replace(report, missing=self._explain_missing(runner))
        place = next(request for request, one in baselines.items() if one.errors)
        environment = report.environments[place]
        candidates, versions = self._list_changes(runner.content, place)
        self._display.show_start(report, len(candidates))
        searcher = Searcher(
            runner,
            runner.content,
            baselines,
            place=place,
            jobs=jobs,
            until=self._started + self._options.time,
            most=None if self._options.every else MOST_CURES,
            report=self._display.show_attempt,
            list_nearer=partial(list_nearer, environment=environment, releases=self._provisioner.releases),
        )
        findings = searcher.search(candidates, versions)
        report = replace(report, findings=findings, baselines=searcher.baselines)
        if findings.interrupted or not self._options.on:
            return report
        shown = [one.variant for one in findings.cures[: None if self._options.every else MOST_CURES]]
        requests = list_elsewhere(place, self._options.on, self._provisioner.releases)
        elsewhere = prove_elsewhere(runner, Variant(content=runner.content), shown, requests)
        return replace(report, elsewhere=elsewhere)

    def _measure_baselines(self, runner: TrialRunner) -> dict[EnvironmentRequest, OriginalRuns]:
        """The suite as it is, where it can be run; many runs where they don't agree, or are quick and show nothing.

        Raises `SuitesNotRunError` where it can be run nowhere, and `UsageError` where it has no tests.
        """
        original = Variant(content=runner.content)
        started = time.monotonic()
        seen = runner.run([original], self._plan.requests, repeat=BASELINE_RUNS)[""]
        is_quick = time.monotonic() - started < QUICK
        found = {request: OriginalRuns(runs=runs) for request, runs in seen.items()}
        quiet = [one for one in found.values() if not one.errors and not one.reason and not one.is_empty]
        flaky = [request for request, one in found.items() if one.is_flaky or (one in quiet and is_quick)]
        if flaky:
            seen = runner.run([original], flaky, repeat=CONTROL_RUNS)[""]
            found |= {request: OriginalRuns(runs=runs) for request, runs in seen.items()}
        reasons = {request: one.reason for request, one in found.items() if one.reason}
        for request, reason in reasons.items():
            if len(reasons) == len(found):
                raise SuitesNotRunError({self._suite.id: reason})
            print_aside(f"left out: {PLUGIN} {request.plugin} on Python {request.python}: {reason}")
        if all(one.is_empty for one in found.values() if not one.reason):
            raise UsageError(
                f"pytest finds no test in {short_path(self._suite.folder)}.",
                remedy="Name the folder that the tests are in, or arguments for pytest with --pytest-args.",
            )
        return {request: one for request, one in found.items() if request not in reasons}

    def _explain_missing(self, runner: TrialRunner) -> tuple[ExplainedSuite, ...]:
        """What the suite lacks, if that is why it fails."""
        runs = tuple(run for name in runner.runs[:1] for run in read_run(self._folder, name).runs)
        return explain_suites("cure", self._options, [self._suite], Results(runs=runs), EvidenceStore(self._folder))

    def _list_changes(
        self, content: Content, place: EnvironmentRequest
    ) -> tuple[Sequence[Candidate], Sequence[Sequence[Candidate]]]:
        """Changes of the suite, for the environment in which is searched, and other versions for it."""
        environment, habits, named = self._describe(place), read_habits(content), list_named(self._options)
        target = make_target(environment)
        part = self._suite.id.partition("::")[2]
        candidates = (
            *list_settings(content, target, part),
            *list_edits(content, habits, target),
            *list_conftests(content, target),
        )
        versions = list_versions(environment, self._provisioner.releases, named)
        # The plugin is in every environment that is made here, so only what the suite asks for says if the user has it.
        if place.existing is not None or PLUGIN in named or asks_for_plugin(self._suite.needed, habits):
            return candidates, versions
        return fit_without_plugin(candidates, content, habits), drop_releases(versions)

    def _describe(self, request: EnvironmentRequest) -> Environment:
        described = self._provisioner.describe(request)
        assert isinstance(described, Environment), "only environments in which the suite ran are described"
        return described
