"""The sessions as a newcomer starts them: a Python that has nox and uv, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import uv

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


def test_nox_does_not_print_a_password(newcomer: Path) -> None:
    done = nox(newcomer, "-s", "catalogue", "--", "--server", "valkey://joe:s3cret-word@127.0.0.1:1/0", "--json")
    assert done.returncode == 0, done.stderr
    assert "nox > python -m harness catalogue --json" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
