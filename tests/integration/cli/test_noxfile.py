"""The sessions as a newcomer starts them: a Python that has nox and uv, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from harness.cli.passwords import SERVER_VARIABLE
from harness.errors import ExitCode

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a virtual environment that holds only nox and uv."""
    folder = tmp_path_factory.mktemp("newcomer")
    tool = uv.find_uv_bin()
    subprocess.run([tool, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    python = python_of(folder)
    subprocess.run([tool, "pip", "install", "--quiet", "--python", python, "nox", "uv"], check=True)
    return folder


def python_of(folder: Path) -> Path:
    return folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def nox(newcomer: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # What an active virtual environment and a careful shell leave behind must not matter.
    environ = {**os.environ, "VIRTUAL_ENV": str(newcomer / "elsewhere"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [python_of(newcomer), "-m", "nox", "--envdir", newcomer / "envs", *arguments],
        cwd=ROOT,
        env=environ,
        encoding="utf-8",
        capture_output=True,
        check=False,
        timeout=300,
    )


def test_the_list_of_sessions_needs_nothing_installed(newcomer: Path) -> None:
    done = nox(newcomer, "--list")
    assert done.returncode == 0, done.stderr
    assert "* matrix -> Run the selected cells" in done.stdout


def test_standard_output_is_the_command_s_alone(newcomer: Path) -> None:
    done = nox(newcomer, "-s", "catalogue", "--", "--json")
    assert done.returncode == 0, done.stderr
    assert "axes" in json.loads(done.stdout)


def test_the_exit_code_of_the_command_comes_out_of_nox(newcomer: Path) -> None:
    done = nox(newcomer, "-s", "catalogue", "--", "--jsn")
    assert done.returncode == ExitCode.USAGE
    assert "Did you mean '--json'?" in done.stderr
    assert done.stdout == ""


def test_a_second_session_reuses_the_environment(newcomer: Path) -> None:
    nox(newcomer, "-s", "catalogue", "--", "--help")
    done = nox(newcomer, "-s", "catalogue", "--", "--help")
    assert "Reusing existing virtual environment" in done.stderr


def test_nox_does_not_print_a_password_but_refuses_it(newcomer: Path) -> None:
    done = nox(newcomer, "-s", "matrix", "--", "--server", "valkey://joe:s3cret-word@127.0.0.1:1/0")
    assert done.returncode == ExitCode.USAGE
    assert SERVER_VARIABLE in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_what_maintainers_run_is_a_session_and_a_module(newcomer: Path) -> None:
    done = nox(newcomer, "-s", "benchmark", "--", "--part", "nothing")
    assert done.returncode == ExitCode.USAGE
    assert "nox > python -m benchmarks --part nothing" in done.stderr
    assert "Unknown part 'nothing'." in done.stderr


def test_help_names_the_session(newcomer: Path) -> None:
    done = nox(newcomer, "-s", "compare", "--", "--help")
    assert done.stdout.startswith("Usage: nox -s compare -- [OPTIONS] BEFORE AFTER\n")


def test_without_the_dependencies_the_program_says_so_in_one_line(newcomer: Path) -> None:
    done = subprocess.run(
        [python_of(newcomer), "-m", "harness", "matrix"], cwd=ROOT, encoding="utf-8", capture_output=True, check=False
    )
    assert done.returncode == ExitCode.INFRASTRUCTURE
    assert done.stderr == "error: The package cyclopts is missing. Run `nox -s matrix`, or install the dependencies.\n"
