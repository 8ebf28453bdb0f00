"""The steps of `upgrade.yml` that have to do with git, run with a repository and stand-ins for `gh` and Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.job_steps import JobStep, StepRunner

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None, reason="the jobs run on Linux, with bash"
)

WORKFLOW: dict[str, Any] = msgspec.yaml.decode(
    (Path(__file__).parents[3] / ".github" / "workflows" / "upgrade.yml").read_bytes()
)
RELEASES = WORKFLOW["env"]["RELEASES"]
TITLE = 'Measure pytest-asyncio 1.6.0"; touch made; echo "'
RECORD = """#!/bin/sh
for word; do printf '%s\\n' "$word" >> "$CALLS"; done
test "$1 $2" != "$FAILS"
"""


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=it", "-c", "user.email=it@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, encoding="utf-8")
    return done.stdout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StepRunner:
    """A checkout of a repository that another folder holds, and programs that only write down how they are called."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    first, origin, workspace = tmp_path / "first", tmp_path / "origin", tmp_path / "workspace"
    first.mkdir()
    git(first, "init", "--quiet")
    write(first / RELEASES, "old")
    write(first / "results" / "baseline" / "a.jsonl.gz", "a")
    git(first, "add", ".")
    git(first, "commit", "--quiet", "--message", "first")
    git(tmp_path, "clone", "--quiet", "--bare", str(first), str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), str(workspace))
    for name in ("gh", "python"):
        program = tmp_path / "programs" / name
        write(program, RECORD)
        program.chmod(0o755)
    (tmp_path / "files").mkdir()
    return StepRunner(
        workspace=workspace,
        files=tmp_path / "files",
        context={
            "github.ref_name": "main",
            "github.token": "token",
            "needs.measure.outputs.title": TITLE,
        },
        actions={},
        variables={
            **WORKFLOW["env"],
            "PATH": f"{tmp_path / 'programs'}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(tmp_path / "calls"),
            "FAILS": "",
        },
    )


def find_step(job: str, name: str) -> JobStep:
    steps = msgspec.convert(WORKFLOW["jobs"][job]["steps"], list[JobStep])
    return next(step for step in steps if step.name.startswith(name))


def propose(runner: StepRunner, version: str) -> list[str]:
    """Propose one more file; the calls of `gh`."""
    proposal = runner.workspace / "proposal"
    write(proposal / "releases.json", version)
    write(proposal / "page.md", "- a line\n")
    write(proposal / "baseline" / f"{version}.jsonl.gz", "b")
    write(proposal / "baseline" / "seen.json.gz", "not this")
    write(proposal / ".github" / "workflows" / "evil.yml", "nor this")
    (calls := Path(runner.variables["CALLS"])).unlink(missing_ok=True)
    code, _ = runner.run([find_step("propose", "Open a pull request")])
    assert code == 0
    return calls.read_text(encoding="utf-8").splitlines()


def test_the_new_files_are_pushed_to_a_branch_of_their_own_and_proposed(runner: StepRunner, tmp_path: Path) -> None:
    calls = propose(runner, "new")
    origin = tmp_path / "origin"
    assert git(origin, "log", "--format=%s", "upgrade").splitlines() == [TITLE, "first"]
    changed = git(origin, "diff", "--name-status", "main", "upgrade").splitlines()
    assert sorted(changed) == ["A\tresults/baseline/new.jsonl.gz", f"M\t{RELEASES}"]
    assert git(origin, "log", "--format=%s", "main").splitlines() == ["first"]
    assert not (runner.workspace / "made").exists()
    assert calls == [
        *("auth", "setup-git"),
        *("pr", "create", "--head", "upgrade", "--base", "main", "--title", TITLE, "--body-file", "proposal/page.md"),
    ]


def test_a_pull_request_that_is_open_is_renewed(runner: StepRunner, tmp_path: Path) -> None:
    propose(runner, "new")
    git(runner.workspace, "switch", "--quiet", "main")
    git(runner.workspace, "branch", "--delete", "--force", "upgrade")
    runner.variables = {**runner.variables, "FAILS": "pr create"}
    calls = propose(runner, "newer")
    assert calls[-7:] == ["pr", "edit", "upgrade", "--title", TITLE, "--body-file", "proposal/page.md"]
    assert git(tmp_path / "origin", "show", f"upgrade:{RELEASES}") == "newer"


def test_what_is_new_is_looked_for_since_the_commit_and_the_open_proposal(runner: StepRunner) -> None:
    write(runner.workspace / RELEASES, "refreshed")
    calls, step = Path(runner.variables["CALLS"]), find_step("measure", "Find what is new")
    assert runner.run([step])[0] == 0
    before, plan = runner.files / "before.json", runner.files / "plan.toml"
    assert calls.read_text("utf-8").splitlines()[-3:] == ["find", str(before), str(plan)]
    assert before.read_text("utf-8") == "old"

    git(runner.workspace, "checkout", "--quiet", RELEASES)
    propose(runner, "new")
    git(runner.workspace, "switch", "--quiet", "main")
    assert runner.run([step])[0] == 0
    proposed = runner.files / "proposed.json"
    assert calls.read_text("utf-8").splitlines()[-4:] == ["find", str(before), str(plan), str(proposed)]
    assert (before.read_text("utf-8"), proposed.read_text("utf-8")) == ("old", "new")
