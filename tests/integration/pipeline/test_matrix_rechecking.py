"""A fork that doesn't show what a new process shows is found out by an ordinary run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode
from harness.launchers.fork import can_fork
from harness.store.reading import read_results

if TYPE_CHECKING:
    from tests.integration.pipeline.conftest import Harness

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not can_fork(), reason="this system has no fork"),
]

ROOT = Path(__file__).parents[3]
WARNS = "default/function/event_loop_fixture/aclose"
CLEAN = "default/function/async_fixture/aclose"
BLIND = "    def pytest_warning_recorded(self) -> None: ...\n\n    def _begin("


@pytest.fixture
def blinded(tmp_path: Path) -> Path:
    """A copy of the project in which forked suites don't tell of their warnings."""
    root = tmp_path / "project"
    for name in ("harness", "scenarios"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    warm = root / "harness" / "probe" / "warm.py"
    text = warm.read_text("utf-8")
    assert text.count("    def _begin(") == 1
    warm.write_text(text.replace("    def _begin(", BLIND), "utf-8")
    return root


def test_it_fails_loudly_and_the_results_are_marked(harness: Harness, python: str, blinded: Path) -> None:
    cells = ("--cell", WARNS, "--cell", CLEAN)
    done = harness.run(
        *cells, "--python", python, "--pytest-asyncio", "0.23.8", "--recheck", "100", "--jobs", "1", root=blinded
    )
    assert done.returncode == ExitCode.INFRASTRUCTURE, done.stderr
    assert f"{WARNS} DIFFERS between the launchers" in done.stderr
    assert "warnings.0" in done.stderr
    assert "Don't trust these results" in done.stderr
    assert done.stdout.startswith("Not everything was measured")
    assert WARNS in done.stdout.partition("What ran")[0]
    (text,) = harness.results.glob("*.tables.txt")
    assert "2 of 2 in a new process: 1 cell DIFFER" in text.read_text("utf-8")
    (run,) = read_results(harness.results).runs
    assert run.footer is not None
    assert run.recheck is not None
    assert [one.cell for one in run.recheck.differing] == [WARNS]
    assert set(run.recheck.cells) == {WARNS, CLEAN}


def test_an_ordinary_run_says_how_much_was_re_checked(harness: Harness, python: str) -> None:
    done = harness.run(
        "--cell", WARNS, "--cell", CLEAN, "--python", python, "--pytest-asyncio", "0.23.8", "--tables", "summary"
    )
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "launcher fork" in done.stdout
    assert "1 of 2 in a new process: all equal" in done.stdout
    assert "Errors by release" not in done.stdout
