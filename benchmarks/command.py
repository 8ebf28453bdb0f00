"""Measure what cells, whole runs, comparisons and bisections cost."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

import harness
from benchmarks.bisections import measure_bisection
from benchmarks.cells import CELLS, PLUGINS, measure_cells
from benchmarks.compares import measure_compares
from benchmarks.model import Benchmark
from benchmarks.options import PARTS, BenchmarkOptions
from benchmarks.runs import measure_runs
from benchmarks.tables import as_json, make_tables
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.cli.app import make_task_app
from harness.cli.commands import TASKS
from harness.cli.fields import RunOptions
from harness.cli.main import run_program
from harness.compare.sources import find_places
from harness.environments.identity import PLUGIN
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.files import replace_file
from harness.output.display import make_progress
from harness.output.printing import print_json, print_tables, short_path
from harness.pipeline.settings import describe_machine, make_run_id
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors, require_writable
from harness.planning.cells import select_cells
from harness.planning.environments import plan_requests
from harness.processes.guardian import Guardian

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.model import BisectMeasured, CellsMeasured, ComparesMeasured, RunsMeasured
    from harness.environments.model import EnvironmentRequest
    from harness.environments.releases import Releases

FOLDER = "benchmark"
"""Below the results folder."""


def run(options: BenchmarkOptions) -> int:
    """Measure the parts that are asked for, all by default; write the file and print the tables."""
    require_writable(options.results)
    parts = options.parts or PARTS
    measured = Benchmark(
        run=make_run_id(),
        harness=harness.__version__,
        machine=describe_machine(),
        cells=measure_cells_part(options) if "cells" in parts else None,
        runs=measure_runs_part(options) if "runs" in parts else None,
        compares=measure_compares_part(options) if "compare" in parts else None,
        bisect=measure_bisect_part(options) if "bisect" in parts else None,
    )
    report(options, measured, write(options.results, measured))
    return ExitCode.DONE


def measure_cells_part(options: BenchmarkOptions) -> CellsMeasured:
    """Part `cells`, with the cells and the releases that show most when none is named."""
    catalogue = load_catalogue()
    selected = RunOptions(
        cells=options.cells or CELLS,
        python_versions=options.python_versions,
        pytest_asyncio_versions=options.pytest_asyncio_versions or PLUGINS,
        server=options.server,
    )
    chosen = select_cells(selected, catalogue)
    provisioner = Provisioner()
    requests = plan_requests(selected, provisioner.interpreters, provisioner.releases)
    with Guardian() as guardian, make_progress() as progress:
        return measure_cells(
            catalogue,
            provisioner,
            requests,
            chosen,
            server=options.server,
            rounds=options.repeat,
            guardian=guardian,
            progress=progress,
        )


def measure_runs_part(options: BenchmarkOptions) -> RunsMeasured:
    """Part `runs`: default runs, or what the options narrow them to."""
    selected = RunOptions(
        cells=options.cells,
        python_versions=options.python_versions,
        pytest_asyncio_versions=options.pytest_asyncio_versions,
        server=options.server,
    )
    select_cells(selected, load_catalogue())  # what can't be run had better be refused now
    provisioner = Provisioner()
    requests = plan_requests(selected, provisioner.interpreters, provisioner.releases)
    arguments = make_matrix_arguments(selected)
    release = "" if arguments else find_other_release(requests, provisioner.releases)
    if release:
        column = replace(selected, pytest_asyncio_versions=(release,))
        requests = (*requests, *plan_requests(column, provisioner.interpreters, provisioner.releases))
    with Guardian() as guardian, make_progress() as progress:
        return measure_runs(
            arguments,
            requests,
            release=release,
            server=options.server,
            rounds=options.repeat,
            guardian=guardian,
            progress=progress,
        )


def measure_compares_part(options: BenchmarkOptions) -> ComparesMeasured:
    """Part `compare`, on sets made of the results there are, those that are committed among them."""
    cells = [cell.id for cell in list_profile_cells(load_catalogue(), load_profile("full"))]
    with Guardian() as guardian, make_progress() as progress:
        return measure_compares(
            find_places(options.results, options.baseline),
            cells,
            rounds=options.repeat,
            guardian=guardian,
            progress=progress,
        )


def measure_bisect_part(options: BenchmarkOptions) -> BisectMeasured:
    """Part `bisect`, of the first cell that is named."""
    python = ("--python", options.python_versions[0]) if options.python_versions else ()
    with Guardian() as guardian, make_progress() as progress:
        return measure_bisection(
            next(iter(options.cells), None), python, server=options.server, guardian=guardian, progress=progress
        )


def find_other_release(requests: Sequence[EnvironmentRequest], releases: Releases) -> str:
    """The newest release of pytest-asyncio that the requested environments don't have."""
    taken = {request.plugin for request in requests}
    known = (one.version for one in reversed(releases.versions(PLUGIN)))
    return next(version for version in known if version not in taken and not Version(version).is_prerelease)


def make_matrix_arguments(selected: RunOptions) -> list[str]:
    """The same on the command line, the server apart."""
    arguments = [part for cell in selected.cells for part in ("--cell", cell)]
    for flag, versions in (
        ("--python", selected.python_versions),
        ("--pytest-asyncio", selected.pytest_asyncio_versions),
    ):
        arguments += [flag, ",".join(versions)] if versions else []
    return arguments


def write(results: Path, measured: Benchmark) -> Path:
    """Write the file and return its path."""
    path = results / FOLDER / f"{measured.run}.json"
    with report_storage_errors("The benchmark", path.parent, RESULTS_REMEDY):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.format(msgspec.json.encode(measured)) + b"\n")
    return path


def report(options: BenchmarkOptions, measured: Benchmark, path: Path) -> None:
    """Print what was measured, as tables or as JSON."""
    if options.json:
        print_json(as_json(measured))
        return
    print_tables(*make_tables(measured))
    print(f"\nResults: {short_path(path)}")


def main() -> int:
    """Measure, and return an exit code."""
    (task,) = (task for task in TASKS if task.module == "benchmarks")
    return run_program(make_task_app(BenchmarkOptions, task), run, sys.argv[1:])
