"""Sources in place of a version, built and run: what a maintainer does before a release."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from harness.environments.interpreters import discover, find_newest
from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner, find_site_packages
from harness.store.reading import read_results

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

RELEASE = "1.5.0"
CELL = "default/function/async_fixture/aclose"


@pytest.fixture(scope="module")
def files() -> Path:
    """Where that release is installed."""
    made = Provisioner().provide(EnvironmentRequest(python=find_newest(discover().found).minor, plugin=RELEASE))
    assert isinstance(made, Built)
    return find_site_packages(made.python.parents[1])


@pytest.fixture(scope="module")
def wheel(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release as a wheel again."""
    made = tmp_path_factory.mktemp("dist") / f"pytest_asyncio-{RELEASE}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for folder in ("pytest_asyncio", f"pytest_asyncio-{RELEASE}.dist-info"):
            for path in (files / folder).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    archive.write(path, path.relative_to(files).as_posix())
    return made


@pytest.fixture(scope="module")
def sources(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A change that breaks every test, in a repository."""
    folder = tmp_path_factory.mktemp("sources")
    shutil.copytree(files / "pytest_asyncio", folder / "pytest_asyncio", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "pytest_asyncio" / "plugin.py").open("a", encoding="utf-8") as plugin:
        plugin.write('\n\ndef pytest_runtest_setup(item):\n    raise RuntimeError("Event loop is closed")\n')
    (folder / "setup.py").write_text(
        "from setuptools import setup\n"
        'setup(name="pytest-asyncio", version="1.6.0.dev3", packages=["pytest_asyncio"], install_requires=["pytest"],\n'
        '      entry_points={"pytest11": ["asyncio = pytest_asyncio.plugin"]})\n'
    )
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        [*who, "commit", "--quiet", "-m", "Break"],
        ["branch", "try/it"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def run(command: str, *arguments: str, results: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "harness", command, *arguments, "--cell", CELL, "--results", str(results)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200"},
        check=True,
    )
    return done.stdout


def find_statuses(results: Path) -> dict[str, str]:
    """What became of the cell with each version of the plugin."""
    runs = read_results(results).runs
    return {run.header.environment_id.split("/")[2]: run.outcomes[0].verdict.status.value for run in runs}


def test_a_release_s_own_wheel_changes_nothing_and_is_told_apart(wheel: Path, tmp_path: Path) -> None:
    printed = run("compare", RELEASE, str(wheel), results=tmp_path)
    assert f"pytest-asyncio {RELEASE} → pytest-asyncio {RELEASE}+wheel." in printed
    assert "Nothing changed." in printed
    assert set(find_statuses(tmp_path).values()) == {"clean"}
    assert len(find_statuses(tmp_path)) == 2


def test_what_a_change_would_do_is_seen_before_it_is_released_from_a_folder_and_from_a_repository(
    sources: Path, tmp_path: Path
) -> None:
    before = {path for path in sources.rglob("*") if ".git" not in path.parts}
    repository = f"git+{sources.as_uri()}@try/it"
    run("matrix", "--pytest-asyncio", f"{RELEASE},{sources},{repository}", results=tmp_path)
    release, folder, commit = sorted(find_statuses(tmp_path).items())
    assert release == (f"pytest-asyncio-{RELEASE}", "clean")
    assert folder[0].startswith("pytest-asyncio-1.6.0.dev3+folder.")
    assert commit[0].startswith("pytest-asyncio-1.6.0.dev3+git.")
    assert folder[1] == commit[1] == "reproduces"
    assert folder[0].rpartition(".")[2] == commit[0].rpartition(".")[2]  # equal content
    assert {path for path in sources.rglob("*") if ".git" not in path.parts} == before
