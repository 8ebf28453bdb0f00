"""A small benchmark from the command line to its file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.bisections import measure_bisection
from harness.environments.interpreters import discover, find_newest
from harness.launchers.fork import can_fork
from harness.output.progress import PlainProgress
from harness.processes.guardian import Guardian

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PASSES = "default/function/async_fixture/aclose"
FAILS = "default/function/module_global/none"


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., Any]:
    """What a benchmark's file says; the newest release on the newest Python, `arguments` besides."""

    def measure(*arguments: str) -> Any:
        python = find_newest(discover().found).minor
        command = [sys.executable, "-m", "benchmarks", "--python", python, "--pytest-asyncio", "newest"]
        done = subprocess.run(
            [*command, "--json", "--results", str(tmp_path), *arguments],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (file,) = tmp_path.glob("benchmark/*.json")
        content = json.loads(file.read_text(encoding="utf-8"))
        assert json.loads(done.stdout)["benchmark"] == content
        return content

    return measure


def test_contenders_are_measured_on_the_same_cells(measured: Callable[..., Any]) -> None:
    cells = measured("--part", "cells", "--repeat", "1", "--cell", PASSES, "--cell", FAILS)["cells"]
    names = ["plain", "spawn", "fork"] if can_fork() else ["plain", "spawn"]
    courses = {PASSES: {"letters": ".....", "exit_code": 0}, FAILS: {"letters": ".F.F.", "exit_code": 1}}
    assert [(one["cell"], one["contender"], one["course"]) for one in cells["series"]] == [
        (cell, name, courses[cell]) for cell in (PASSES, FAILS) for name in names
    ]
    for one in cells["series"]:
        (sample,) = one["samples"]
        assert sample["wall"] > 0.0 < sample["cpu"]
    assert {ratio["group"] for ratio in cells["ratios"]} == {PASSES, FAILS, "all that pass", "all that fail", "all"}
    assert bool(cells["warm_starts"]) == can_fork()


def test_a_run_is_measured_with_nothing_cached_and_again(measured: Callable[..., Any]) -> None:
    runs = measured("--part", "runs", "--repeat", "1", "--cell", PASSES, "--cell", FAILS)["runs"]
    assert runs["arguments"][:4] == ["--cell", PASSES, "--cell", FAILS]
    cold, (again,) = runs["cold"], runs["again"]
    assert (cold["outcomes"], cold["run"], cold["reused"]) == (2, 2, 0)
    assert (again["outcomes"], again["run"], again["reused"]) == (2, 0, 2)
    assert cold["others"] > cold["cells"] > 0.0
    assert cold["harness"] > 0.0 < again["harness"]
    assert again["cells"] == 0.0


def test_a_bisection_is_measured_with_every_environment_to_be_built() -> None:
    arguments = ("--from", "0.26.0", "--to", "1.0.0", "--repeat", "1")
    with Guardian() as guardian:
        measured = measure_bisection(
            None, arguments, server=None, guardian=guardian, progress=PlainProgress(io.StringIO())
        )
    assert (measured.releases, measured.run, measured.changes) == (2, 2, 1)
    assert measured.arguments[-6:] == arguments
    assert measured.others > measured.harness > 0.0
