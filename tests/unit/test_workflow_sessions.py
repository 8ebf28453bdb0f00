"""What the workflows call is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.cli.commands import COMMANDS, TASKS

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
OWN = re.findall(r"@nox\.session\ndef (\w+)\(", (ROOT / "noxfile.py").read_text(encoding="utf-8"))
SESSIONS = {*OWN, *(command.name for command in COMMANDS), *(task.name for task in TASKS)}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_the_sessions_that_a_workflow_runs_are_sessions(workflow: Path) -> None:
    called = set(re.findall(r"nox -s ([\w-]+)", workflow.read_text(encoding="utf-8")))
    assert called <= SESSIONS


def test_the_matrix_is_run_united_compared_with_the_baseline_and_shown() -> None:
    text = (ROOT / ".github" / "workflows" / "matrix.yml").read_text(encoding="utf-8")
    steps = re.findall(r"nox -s ([\w-]+)", text)
    assert steps == ["environments", "matrix", "merge", "report", "report", "regress"]


def test_what_is_new_is_found_measured_and_described_in_this_order() -> None:
    text = (ROOT / ".github" / "workflows" / "upgrade.yml").read_text(encoding="utf-8")
    assert re.findall(r"nox -s ([\w-]+)", text) == ["refresh-releases", "upgrade", "baseline", "upgrade"]
