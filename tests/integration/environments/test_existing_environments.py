"""`--environment` with real environments: as they are, and as copies in which only what is named moves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.environments.existing import inspect_python
from harness.environments.interpreters import choose_for_each_minor, discover
from harness.environments.provisioning import find_python
from harness.environments.uv_tool import find_uv
from harness.errors import ExitCode
from harness.store.reading import read_results

if TYPE_CHECKING:
    from harness.store.model import Header

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PACKAGES = ("pytest==8.3.4", "pluggy==1.5.0", "pytest-asyncio==0.24.0", "valkey==6.1.0", "redis==5.2.0")
PROJECT = {
    "pyproject.toml": """
[project]
name = "mine"
version = "0.3"
dependencies = ["valkey<6.1.1"]
[project.scripts]
mine-where = "mine:where"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.pytest.ini_options]
asyncio_mode = "auto"
""",
    "src/mine/__init__.py": "import sys\nVALUE = 1\ndef where(): print(sys.prefix)\n",
    "tests/test_mine.py": """
import os, subprocess, sys
from importlib.metadata import distributions, version
import mine, redis, valkey.asyncio

def test_the_project_is_installed():
    assert version("mine") == "0.3" and mine.VALUE == 1

def test_every_package_is_there_once():
    # setuptools leaves a second description of a project that can be edited beside its code.
    names = [each.metadata["Name"] for each in distributions() if each.metadata["Name"] != "mine"]
    assert sorted(names) == sorted(set(names))

def test_its_command_runs_in_this_environment():
    done = subprocess.run(["mine-where"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sys.prefix

async def test_the_client_understands_the_address():
    async with valkey.asyncio.from_url(os.environ["VALKEY_URL"]) as client:
        await client.ping()

def test_the_other_client_has_an_address_too():
    redis.from_url(os.environ["REDIS_URL"]).ping()

def test_before_1():
    assert version("pytest-asyncio") < "1"
""",
}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def make_environment(folder: Path, *packages: str) -> Path:
    python = choose_for_each_minor(discover().found)[-1].executable
    uv = find_uv()
    for command in (
        ("venv", "--no-project", "--python", python, str(folder)),
        ("pip", "install", "--python", str(find_python(folder)), *packages),
    ):
        done = uv.run(command)
        assert not done.returncode, done.stderr
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in src layout, with an environment in which it is installed so that it can be edited."""
    folder = tmp_path_factory.mktemp("project") / "mine"
    for path, text in PROJECT.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    make_environment(folder / ".venv", "-e", str(folder), *PACKAGES)
    return folder


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


def read_headers(results: Path) -> list[Header]:
    return [run.header for run in read_results(*sorted(results.glob("*.jsonl"))).runs]


def find_labels(done: subprocess.CompletedProcess[str]) -> list[str]:
    found: dict[str, Any] = json.loads(done.stdout)
    return [each["label"] for by in found["cells"].values() for each in by.values()]


def test_it_is_run_as_it_is_nothing_is_written_and_only_a_change_is_run_again(project: Path, tmp_path: Path) -> None:
    before = snapshot(project)
    command = ("matrix", "--suite", project, "--environment", project, "--results", tmp_path / "results", "--json")
    first = run(*command)
    assert first.returncode == ExitCode.DONE, first.stderr
    assert find_labels(first) == ["clean"]
    assert snapshot(project) == before
    (header,) = read_headers(tmp_path / "results")
    existing = inspect_python(find_python(project / ".venv"))
    assert header.environment is not None
    assert header.environment.freeze == existing.freeze
    assert header.environment.local == ("mine",)
    assert "/environment-" in header.environment_id
    assert "1 reused" in run(*command).stderr
    code = project / "src" / "mine" / "__init__.py"
    text = code.read_text()
    try:
        code.write_text(text.replace("VALUE = 1", "VALUE = 2"))
        # The suite is the folder above, so what is edited is part of it; here only what is installed changes.
        tests = ("matrix", "--suite", project / "tests", "--environment", project, "--results", tmp_path / "results")
        assert "AssertionError" in run(*tests, "--json").stdout
        code.write_text(text)
        again = run(*tests)
        assert "reused" not in again.stderr
    finally:
        code.write_text(text)


def test_both_sides_of_a_comparison_are_copies_in_which_only_what_is_named_moves(project: Path, tmp_path: Path) -> None:
    before = snapshot(project)
    results = tmp_path / "results"
    options = ("--suite", project, "--environment", project / ".venv", "--results", results)
    done = run("compare", "0.25.0", "1.0.0", *options)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "pytest-asyncio 0.24.0 → 1.0.0\n" in done.stderr
    assert "test_before_1" in done.stdout
    assert snapshot(project) == before
    there = inspect_python(find_python(project / ".venv")).installed
    found = [header.environment for header in read_headers(results)]
    installed = {environment.plugin: environment.installed for environment in found if environment}
    assert installed == {version: {**there, "pytest-asyncio": version} for version in ("0.25.0", "1.0.0")}


def test_what_is_named_takes_along_what_it_needs_and_who_asked_for_another_is_named(
    project: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    options = ("--suite", project, "--environment", project, "--results", results, "--json")
    done = run("matrix", *options, "--valkey", "6.1.1", "--pytest", "8.4.2")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert find_labels(done) == ["clean"]
    (header,) = read_headers(results)
    assert header.environment is not None
    moved = header.environment.installed.items() - inspect_python(find_python(project / ".venv")).installed.items()
    assert {name for name, _ in moved} == {"valkey", "pytest", "pygments"}
    assert "mine 0.3 asks for valkey<6.1.1, and valkey 6.1.1 is there" in done.stderr


def test_a_bisection_over_python_takes_the_project_along(project: Path, tmp_path: Path) -> None:
    minors = [each.minor for each in choose_for_each_minor(discover().found)][-2:]
    if len(minors) < 2:
        pytest.skip("needs two Pythons")
    options = ("--suite", project, "--environment", project, "--results", tmp_path, "--over", "python", "--repeat", "1")
    done = run("bisect", *options, "--from", minors[0], "--to", minors[1], "--all", "--json")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert [header.environment.python_minor for header in read_headers(tmp_path) if header.environment] == minors
    assert done.stderr.count("  clean  (") == 2


def test_an_environment_without_the_plugin_and_a_client_is_run_and_says_so(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "venv", "pytest==8.3.4", "anyio")
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "test_a.py").write_text(
        "import pytest\npytestmark = pytest.mark.anyio\n"
        "@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
        "async def test_a(): pass\n"
    )
    options = ("--suite", tmp_path / "suite", "--environment", environment, "--results", tmp_path / "results")
    done = run("matrix", *options, "--cell", "default/function/module_global/none", "--json")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert sorted(find_labels(done)) == ["clean", "n/a"]
    (header,) = read_headers(tmp_path / "results")
    assert "/pytest-asyncio-none/client-none/environment-" in header.environment_id
    refused = run("bisect", *options)
    assert refused.returncode == ExitCode.USAGE
    assert "There is no pytest-asyncio in" in refused.stderr


def test_what_the_plugin_itself_leaves_is_no_fault_of_a_suite_without_a_client(tmp_path: Path) -> None:
    # On Python up to 3.13 this release leaves a loop open after the first test of any suite.
    environment = make_environment(tmp_path / "venv", "pytest==9.0.2", "pytest-asyncio==1.3.0")
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "test_a.py").write_text("import pytest\n@pytest.mark.asyncio\nasync def test_a(): pass\n")
    options = ("--suite", tmp_path / "suite", "--environment", environment, "--results", tmp_path / "results")
    done = run("matrix", *options, "--json")
    assert find_labels(done) == ["clean"]
    (header,) = read_headers(tmp_path / "results")
    assert header.reference


@pytest.mark.skipif(os.name == "nt", reason="a script stands for a Python")
def test_what_can_not_be_used_ends_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("")
    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "test_a.py"):
        done = run("matrix", "--suite", tmp_path, "--environment", place, "--results", tmp_path / "results")
        assert done.returncode == ExitCode.USAGE
        assert len(done.stderr.splitlines()) == 2
    assert not (tmp_path / "results").exists()
