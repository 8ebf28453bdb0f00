"""What the workflows promise: the actions that they run can't change, and nothing is published but a tag."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WORKFLOWS = sorted((Path(__file__).parents[3] / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"^\s*(?:- )?uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40}) # (v\d+(?:\.\d+)+)")


def used(workflow: Path) -> list[str]:
    return USES.findall(workflow.read_text("utf-8"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_the_hash_of_a_commit_and_says_which_version_it_is(workflow: Path) -> None:
    assert used(workflow)
    assert [line for line in used(workflow) if not PINNED.fullmatch(line)] == []


def test_all_workflows_use_the_same_version_of_an_action() -> None:
    pins = {line for workflow in WORKFLOWS for line in used(workflow)}
    names = [line.partition("@")[0] for line in pins]
    assert len(names) == len(set(names)), sorted(pins)


def test_only_the_job_that_runs_from_a_tag_may_publish() -> None:
    release = next(path for path in WORKFLOWS if path.stem == "release").read_text("utf-8")
    before, publish = release.split("\n  publish:\n")
    assert "if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')" in publish
    assert "id-token: write" not in before
    assert "gh-action-pypi-publish" not in before
