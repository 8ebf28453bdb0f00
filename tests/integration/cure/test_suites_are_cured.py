"""`cure --suite` finds patches that plain pytest proves, and changes nothing but what it was asked to."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cli.main import main
from harness.environments.model import Environment, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GIT = shutil.which("git")
VERSIONS = ("--pytest-asyncio", "1.5.0")

MODULE_CLIENT = """\
import os

import pytest
import valkey.asyncio as valkey

client = valkey.from_url(os.environ["VALKEY_URL"])


@pytest.mark.asyncio
@pytest.mark.parametrize("n", range(4))
async def test_ping(n):
    await client.ping()


def test_unrelated():
    assert not os.environ.get("VALKEY_URL")
"""
SESSION_FIXTURE = """\
import os

import pytest_asyncio
import valkey.asyncio as valkey


@pytest_asyncio.fixture(scope="session")
async def client():
    client = valkey.from_url(os.environ["VALKEY_URL"])
    await client.ping()
    yield client
    await client.aclose()
"""
USES_IT = """\
import pytest


@pytest.mark.asyncio
async def test_first(client):
    await client.ping()


@pytest.mark.asyncio
async def test_second(client):
    await client.ping()
"""
PYPROJECT = """\
[project]
name = "shop"
version = "1"

[dependency-groups]
dev = ["pytest-asyncio", "valkey"]

[tool.pytest.ini_options]
testpaths = ["tests"]  # all
"""


@pytest.fixture
def run_pytest() -> Iterator[Callable[[Path], str]]:
    """Gives the last line of what `python -m pytest` prints in a folder, in the environment of the cures."""
    provisioner, request = Provisioner(), EnvironmentRequest(python="3.12", plugin="1.5.0")
    described = provisioner.describe(request)
    assert isinstance(described, Environment)
    python = provisioner.build(request, described).python
    with (
        Guardian() as guardian,
        open_server(None, databases=1, guardian=guardian) as server,
        server.lease() as database,
    ):
        variables = os.environ | {"VALKEY_URL": database.url}

        def run(folder: Path) -> str:
            command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
            done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
            return done.stdout.splitlines()[-1]

        yield run


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts and "__pycache__" not in path.parts
    }


@pytest.mark.skipif(GIT is None, reason="there is no git")
@pytest.mark.parametrize(
    ("files", "after"),
    [
        ({"test_ping.py": MODULE_CLIENT}, "1 failed, 4 passed"),
        ({"pyproject.toml": PYPROJECT, "tests/conftest.py": SESSION_FIXTURE, "tests/test_it.py": USES_IT}, "2 passed"),
    ],
)
def test_the_patch_that_is_written_cures_the_suite_under_plain_pytest(
    tmp_path: Path,
    run_pytest: Callable[[Path], str],
    capsys: pytest.CaptureFixture[str],
    files: dict[str, str],
    after: str,
) -> None:
    folder, patch = write(tmp_path / "shop", files), tmp_path / "cure.patch"
    original = read(folder)
    options = ["--suite", str(folder), *VERSIONS, "--python", "3.12", "--results", str(tmp_path / "results")]
    assert main(["cure", *options, "--write", str(patch), "--install", "none"]) == ExitCode.DONE
    printed = capsys.readouterr().out
    assert "proven to cure shop" in printed
    assert "Proven by 3 runs" in printed
    assert read(folder) == original, "nothing but the patch is written"
    assert patch.read_text(encoding="utf-8") in printed
    assert after not in run_pytest(folder)
    assert GIT is not None
    subprocess.run([GIT, "apply", str(patch)], cwd=folder, check=True)
    assert after in run_pytest(folder)


@pytest.mark.skipif(GIT is None, reason="there is no git")
def test_apply_changes_a_clean_tree_and_refuses_one_with_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "shop", {"test_ping.py": MODULE_CLIENT, "pytest.ini": "[pytest]\n"})
    options = ["--suite", str(folder), *VERSIONS, "--results", str(tmp_path / "results"), "--apply"]
    assert main(["cure", *options]) == ExitCode.USAGE
    assert "only in a git tree" in capsys.readouterr().err
    assert GIT is not None
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "start"]):
        subprocess.run([GIT, *arguments], cwd=folder, check=True)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -q\n")
    assert main(["cure", *options]) == ExitCode.USAGE
    assert "changed are pytest.ini" in capsys.readouterr().err
    (folder / "pytest.ini").write_text("[pytest]\n")
    assert main(["cure", *options, "--json"]) == ExitCode.DONE
    found = msgspec.json.decode(capsys.readouterr().out)
    assert found["status"] == "cured"
    assert found["cures"][0]["name"] == "test_loops_session"
    assert found["baseline"][0]["failing"]
    assert list(found["baseline"][0]["other_failures"]) == ["test_ping.py::test_unrelated"]
    assert (folder / "pytest.ini").read_text() == "[pytest]\nasyncio_default_test_loop_scope = session\n"
    assert (folder / "test_ping.py").read_text() == MODULE_CLIENT


@pytest.mark.parametrize(
    ("text", "code", "answer"),
    [
        ("def test_one():\n    pass\n", ExitCode.DONE, "needs no cure"),
        ("def test_one():\n    assert 1 == 2\n", ExitCode.DIFFERENCES, "of no loop error"),
        ("def test_one(:\n", ExitCode.DIFFERENCES, "of no loop error"),
        ("def helper():\n    pass\n", ExitCode.USAGE, "finds no test"),
        (
            "def test_one():\n    raise RuntimeError('Event loop is closed')\n",
            ExitCode.DIFFERENCES,
            "No cure was found",
        ),
    ],
)
def test_a_suite_that_needs_none_or_that_nothing_helps_gets_that_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: ExitCode, answer: str
) -> None:
    folder, patch = write(tmp_path / "shop", {"test_one.py": text}), tmp_path / "cure.patch"
    options = ["--suite", str(folder), *VERSIONS, "--results", str(tmp_path / "results"), "--time", "3"]
    assert main(["cure", *options, "--write", str(patch)]) == code
    captured = capsys.readouterr()
    assert answer in captured.out + captured.err
    assert not patch.exists()
