"""`cure`: suites that fail of loop errors on the newest versions, and whether a patch is found that pytest proves.

They are the suites that are rebuilt from public reports, and the cells of the profile `smoke` as folders. Every patch
is proven once more without this program: by `python -m pytest` in the environment, with a server.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.accuracy.model import Figure
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.rendering import write_suite
from harness.cli.options import CureOptions
from harness.cure.proving import find_merged
from harness.cure.suites import search_suite
from harness.environments.interpreters import find_newest
from harness.environments.model import Environment, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.output.printing import print_aside
from harness.output.text import duration
from harness.packages import NEWEST
from harness.pipeline.cells import make_target
from harness.planning.environments import PLUGIN, find_newest_release
from harness.planning.suites import read_suites
from harness.processes.guardian import Guardian
from harness.reported.report import Client, Stated, load_reports
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.cure.report import SuiteReport
    from harness.cure.search import Attempt
    from harness.reported.report import Rebuilt
    from harness.suites.subject import Files

GOAL = 0.9
TIME = 120.0
"""Seconds for each suite."""

NO_CURE = Path(__file__).with_name("no_cure.toml")


@dataclass(frozen=True, kw_only=True)
class FailingSuite:
    """A suite that may fail, with what it needs besides."""

    name: str
    files: Files
    pins: tuple[str, ...] = ()
    client: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CureResult:
    """What came of one suite that fails; `problem` is empty if a patch was found and proven."""

    name: str
    problem: str
    seconds: float


def measure() -> tuple[Figure, ...]:
    """The shares of cured suites; those for which no cure is known are left out, each with a reason in a file."""
    provisioner = Provisioner()
    return (
        _measure_suites("reported suites with a patch that plain pytest proves", list_reported(), provisioner),
        _measure_suites("smoke cells with a patch that plain pytest proves", list_smoke(provisioner), provisioner),
    )


@cache
def load_without_cure() -> Mapping[str, str]:
    """Why no cure is known, by the suite's name."""
    return msgspec.toml.decode(NO_CURE.read_bytes(), type=dict[str, str])


def list_reported() -> Iterator[FailingSuite]:
    """The suite of each report, in each variant that is stated to fail."""
    for rebuilt in load_reports():
        for state in rebuilt.report.states:
            if state.outcome is Stated.REPRODUCES:
                yield _make_reported(rebuilt, rebuilt.files(state))
                break


def _make_reported(rebuilt: Rebuilt, files: Files) -> FailingSuite:
    report = rebuilt.report
    own = {"python", PLUGIN, "pytest", *Client}
    further = {name for state in report.states for name in report.versions_of(state)} - own
    return FailingSuite(
        name=rebuilt.name,
        files=files,
        pins=tuple(sorted({*further, *report.installs})),
        client="redis" if report.client is Client.REDIS else "",
        errors=tuple(one.text for one in report.errors if one.text),
    )


def list_smoke(provisioner: Provisioner) -> Iterator[FailingSuite]:
    """The cells of the profile as folders, written for the newest versions."""
    catalogue = load_catalogue()
    python = find_newest(provisioner.interpreters).minor
    plugin = find_newest_release(provisioner.releases, PLUGIN, python)
    cells = list_profile_cells(catalogue, load_profile("smoke"))
    request = EnvironmentRequest(python=python, plugin=plugin)
    described = provisioner.describe(request, map(catalogue.additions, cells))
    assert isinstance(described, Environment), described
    target = make_target(described)
    for cell in cells:
        if catalogue.not_applicable(cell, target) is None:
            yield FailingSuite(name=cell.id, files=catalogue.suite(cell, target), pins=catalogue.additions(cell))


def _measure_suites(name: str, suites: Iterator[FailingSuite], provisioner: Provisioner) -> Figure:
    results = [result for one in suites if (result := measure_suite(one, provisioner)) is not None]
    counted = [one for one in results if one.name not in load_without_cure()]
    wrong = [f"{one.name}: {one.problem}" for one in results if one.problem]
    return Figure(
        name=name,
        right=sum(1 for one in counted if not one.problem),
        of=len(counted),
        goal=GOAL,
        seconds=statistics.median(one.seconds for one in results) if results else None,
        wrong=tuple(
            f"{line} (not counted: {load_without_cure()[suite]})" if suite in load_without_cure() else line
            for line in wrong
            for suite in [line.partition(": ")[0]]
        ),
    )


def measure_suite(suite: FailingSuite, provisioner: Provisioner) -> CureResult | None:
    """What came of a suite; None where it doesn't fail of a loop error on the newest versions."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / re.sub(r"\W+", "-", suite.name)
        write_suite(suite.files, folder)
        options = CureOptions(
            suites=(str(folder),),
            pytest_asyncio_versions=(NEWEST,),
            pins=suite.pins,
            client=suite.client,
            errors=suite.errors,
            results=Path(scratch) / "results",
            time=TIME,
        )
        (read,) = read_suites(options)
        report = search_suite(options, read, provisioner)
        if report.findings.interrupted:  # which ends a search in good order, and is to end this as well
            raise KeyboardInterrupt
        if not report.has_errors:
            return None
        best = report.best
        problem = "no patch was found" if best is None else find_disproof(report, best, provisioner)
        print_aside(f"{suite.name}: {problem or 'cured'} in {duration(report.seconds)}")
        return CureResult(name=suite.name, problem=problem, seconds=report.seconds)


def find_disproof(report: SuiteReport, cure: Attempt, provisioner: Provisioner) -> str:
    """Why plain pytest doesn't show that the suite is cured; empty if it does."""
    for request, environment in report.environments.items():
        python = provisioner.build(request, environment).python
        output = run_plain_pytest(cure.variant.content, python)
        passed = set(re.findall(r"^PASSED (\S.*?)(?: - .*)?$", output, re.MULTILINE))
        base = report.baselines[request]
        ids = {test for run in base.runs for test in run.failing if not run.tests[test].is_file}
        missing = sorted(ids - passed - dict(find_merged(base.tests, passed)).keys())
        if missing:
            return f"plain pytest doesn't pass {missing[0]}"
    return ""


def run_plain_pytest(files: Files, python: Path) -> str:
    """What `python -m pytest -rA` prints in a folder of these files, with a server."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "suite"
        write_suite(files, folder)
        guardian = stack.enter_context(Guardian())
        server = stack.enter_context(open_server(None, databases=1, guardian=guardian))
        url = stack.enter_context(server.lease()).url
        variables = os.environ | {"VALKEY_URL": url, "REDIS_URL": url.replace("valkey://", "redis://", 1)}
        command = [str(python), "-m", "pytest", "-rA", "-p", "no:cacheprovider"]
        done = subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=TIME
        )
        return done.stdout
