"""What the workflows and the action promise: nothing they run can change, and nobody gets more rights than it takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
USES = re.compile(r"^\s*(?:- )?uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40}) # (v\d+(?:\.\d+)+)")
WRITERS = {
    "matrix": {"publish": {"id-token": "write", "pages": "write"}},
    "release": {"publish": {"attestations": "write", "id-token": "write"}},
    "upgrade": {"propose": {"contents": "write", "pull-requests": "write"}},
}
"""The jobs that may do more than read the repository."""


def read(workflow: Path) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.yaml.decode(workflow.read_bytes())
    return found


def used(workflow: Path) -> list[str]:
    return USES.findall(workflow.read_text("utf-8"))


def list_steps(workflow: Path) -> list[dict[str, Any]]:
    read_one = read(workflow)
    return [step for job in (read_one.get("jobs") or {"": read_one["runs"]}).values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_every_action_is_pinned_by_the_hash_of_a_commit_and_says_which_version_it_is(workflow: Path) -> None:
    assert used(workflow)
    assert [line for line in used(workflow) if not PINNED.fullmatch(line)] == []


def test_all_use_the_same_version_of_an_action() -> None:
    pins = {line for workflow in [*WORKFLOWS, ACTION] for line in used(workflow)}
    names = [line.partition("@")[0] for line in pins]
    assert len(names) == len(set(names)), sorted(pins)


@pytest.mark.parametrize("workflow", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_what_an_expression_holds_never_becomes_code(workflow: Path) -> None:
    assert [step["run"] for step in list_steps(workflow) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_may_read_the_repository_and_no_more_unless_it_publishes(workflow: Path) -> None:
    found = read(workflow)
    assert found["permissions"] == {"contents": "read"}
    rights = {name: job["permissions"] for name, job in found["jobs"].items() if "permissions" in job}
    assert rights == WRITERS.get(workflow.stem, {})


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_no_checkout_keeps_the_token_that_it_was_fetched_with(workflow: Path) -> None:
    checkouts = [step for step in list_steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert [one for one in checkouts if one["with"]["persist-credentials"] is not False] == []


def test_only_the_job_that_runs_from_a_tag_may_publish() -> None:
    release = next(path for path in WORKFLOWS if path.stem == "release").read_text("utf-8")
    before, publish = release.split("\n  publish:\n")
    assert "if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')" in publish
    assert "id-token: write" not in before
    assert "gh-action-pypi-publish" not in before


def test_the_action_runs_on_every_system_with_bash_and_from_its_own_checkout() -> None:
    scripts = [step for step in list_steps(ACTION) if "run" in step]
    assert {step["shell"] for step in scripts} == {"bash"}
    assert [step["env"]["SOURCE"] for step in scripts if "SOURCE" in step["env"]] == ["${{ github.action_path }}"]
