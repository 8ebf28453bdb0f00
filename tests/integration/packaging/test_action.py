"""The example of the guide: another project's workflow uses `action.yml`, whose steps run there one by one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.errors import ExitCode
from tests.job_steps import JobStep, StepRunner

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        sys.platform == "win32" or shutil.which("bash") is None, reason="`bash` is that of another system on Windows"
    ),
]

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "workflow.yml"
ACTION = "OWNER/valkey-loop-matrix@COMMIT"
NEEDED = ("harness", "scenarios", "results", "pyproject.toml", "README.md", "LICENSE", "action.yml", ".gitignore")

CONFTEST = """\
import os

import pytest_asyncio
import valkey.asyncio


@pytest_asyncio.fixture
async def client(event_loop):
    client = valkey.asyncio.Valkey.from_url(os.environ["VALKEY_URL"])
    yield client
    await client.aclose()
"""
TESTS = """\
import pytest


def test_sync():
    assert True


@pytest.mark.asyncio
async def test_writes(client):
    await client.set("name", "value")
"""
HOSTILE = "test_a\n::error file=else,line=1::no.py"


@pytest.fixture(scope="module")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a runner fetches it: what is committed, and no `.git`."""
    if not (ROOT / ".git").exists():
        pytest.skip("git knows which files are the project's")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *NEEDED],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    folder = tmp_path_factory.mktemp("action")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def runner(action: Path, tmp_path_factory: pytest.TempPathFactory) -> StepRunner:
    """Another project's job, after all steps of the action but the last one: the program is installed."""
    workspace = tmp_path_factory.mktemp("project")
    (workspace / ".git").mkdir()
    (workspace / "tests").mkdir()
    (workspace / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (workspace / "tests" / "test_client.py").write_text(TESTS, encoding="utf-8")
    made = StepRunner(
        workspace=workspace,
        files=tmp_path_factory.mktemp("runner"),
        context={"github.action_path": str(action)},
        actions={"actions/setup-python": {"python-path": sys.executable}},
    )
    assert made.run(read_steps(action)[:-1]) == (0, "")
    return made


def read(path: Path) -> Any:
    return msgspec.yaml.decode(path.read_bytes())


def read_steps(action: Path) -> list[JobStep]:
    return msgspec.convert(read(action / "action.yml")["runs"]["steps"], list[JobStep])


def call(runner: StepRunner, command: str) -> tuple[int, list[str]]:
    """Exit code of the last step, and the lines that it printed where commands are heeded."""
    (runner.files / "summary.md").write_text("", encoding="utf-8")
    runner.context["inputs.command"] = command
    code, printed = runner.run(read_steps(Path(runner.context["github.action_path"]))[-1:])
    before, _, rest = printed.partition("::stop-commands::")
    token, _, rest = rest.partition("\n")
    _, _, after = rest.partition(f"::{token}::\n")
    assert token
    assert not before
    return code, after.splitlines()


def test_the_example_fails_with_a_summary_and_annotations_at_file_and_line(runner: StepRunner, action: Path) -> None:
    (use,) = (step for step in read(EXAMPLE)["jobs"]["tests"]["steps"] if step["uses"] == ACTION)
    described = read(action / "action.yml")["inputs"]
    assert use["with"].keys() == {name for name, one in described.items() if one["required"]}

    code, printed = call(runner, use["with"]["command"])

    assert code == ExitCode.DIFFERENCES
    assert printed[0] == (
        "::error file=tests/test_client.py,line=9,title=test_client.py%3A%3Atest_writes"
        "::Now: event-loop-fixture-missing. Before: nothing of it."
    )
    assert printed[1].startswith("::notice title=pytest-asyncio 0.26.0 → pytest-asyncio 1.0.0::1 of 2 tests changed.")
    assert len(printed) == 2
    assert runner.summary.startswith("### 1 of 2 tests changed.")
    assert "event-loop-fixture-missing" in runner.summary


def test_a_cure_that_is_proven_ends_well(runner: StepRunner) -> None:
    code, printed = call(runner, "cure --suite tests --pytest-asyncio 1.0.0 --time 30")
    assert code == ExitCode.DONE
    assert printed[0].startswith("::warning file=tests/test_client.py,line=9,")
    assert any(line.startswith("::notice file=tests/conftest.py,line=") for line in printed)
    assert runner.summary.startswith("### ✅ ")
    assert "```diff\n" in runner.summary


def test_a_command_that_can_not_be_carried_out_fails_the_step(runner: StepRunner) -> None:
    for command in ("compare 0.26.0 1.0.0 --suite nowhere", "regress --suite tests --python '"):
        code, printed = call(runner, command)
        assert code == ExitCode.USAGE
        assert printed == ["::error::The command could not be carried out: the log of this step says why."]


def test_names_and_inputs_become_neither_commands_nor_code(runner: StepRunner) -> None:
    hostile = runner.workspace / "hostile"
    hostile.mkdir()
    (hostile / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (hostile / HOSTILE).write_text(TESTS, encoding="utf-8")
    command = "compare 0.26.0 1.0.0 --suite hostile --exit-code"
    code, printed = call(runner, command)
    assert code == ExitCode.DIFFERENCES
    assert [line.partition(" ")[0] for line in printed] == ["::error", "::notice"]
    assert "," not in printed[0].partition("::")[2].partition("::")[0]  # between its properties, of which it has one

    code, _ = call(runner, "cure --suite $(touch made) `touch made` ; touch made")
    assert code == ExitCode.USAGE
    assert not (runner.workspace / "made").exists()
