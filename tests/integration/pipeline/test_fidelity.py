"""`python -m harness fidelity` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ExitCode
from harness.launchers.fork import can_fork

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not can_fork(), reason="this system has no fork"),
]

ROOT = Path(__file__).parents[3]
CELLS = ("default/function/module_global/none", "default/function/async_fixture/aclose")


def fidelity(results: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "fidelity", *arguments, "--results", str(results)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False, timeout=240)


def test_what_is_compared_is_written_and_used_again(tmp_path: Path, python: str) -> None:
    cells = [argument for cell in CELLS for argument in ("--cell", cell)]
    options = (*cells, "--python", python, "--pytest-asyncio", "1.0.0", "--json")
    reused = []
    for _ in range(2):
        done = fidelity(tmp_path, *options)
        assert done.returncode == ExitCode.DONE, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        (one,) = found["environments"]
        assert (one["equal"], one["differing"], one["new_process"], one["finished"]) == (2, [], {}, True)
        reused.append(one["reused"])
        assert list((tmp_path / "fidelity").glob(f"{found['run']}.*.jsonl"))
    assert reused == [0, 2]
