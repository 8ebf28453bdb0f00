"""The program as a user of another project has it: installed from the wheel, started in that project's folder."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uv

import harness
from harness.environments.identity import platform_tag
from harness.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
CELL = "default/function/module_global/none"
CARRIED = ("harness", "scenarios", "results/baseline")
RUNS = ("--python", f"{sys.version_info.major}.{sys.version_info.minor}", "--pytest-asyncio", "1.0.0")

SUITE = """
import os

import pytest
import valkey.asyncio


@pytest.fixture(scope="session")
def client():
    return valkey.asyncio.Valkey.from_url(os.environ["VALKEY_URL"])


@pytest.mark.asyncio
async def test_writes(client):
    await client.set("name", "value")


@pytest.mark.asyncio
async def test_reads(client):
    assert await client.get("name") == b"value"
"""

NEEDS_GIT = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git knows which files are the project's")

run = partial(subprocess.run, check=True, encoding="utf-8", capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source distribution and the wheel that was made of it."""
    folder = tmp_path_factory.mktemp("dist")
    run([uv.find_uv_bin(), "build", "--out-dir", folder, ROOT])
    return folder


@pytest.fixture(scope="module")
def program(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of an environment that holds the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("installation")
    (wheel,) = built.glob("*.whl")
    tool = uv.find_uv_bin()
    run([tool, "venv", "--python", sys.executable, folder])
    run([tool, "pip", "install", "--python", folder, wheel])
    return folder / ("Scripts/valkey-loop-matrix.exe" if os.name == "nt" else "bin/valkey-loop-matrix")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another project, with a suite."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_client.py").write_text(SUITE)
    return folder


def call(program: Path, project: Path, *arguments: str, ends: Collection[ExitCode] = (ExitCode.DONE,)) -> str:
    """What a command prints that is started in the project's folder."""
    done = subprocess.run(
        [program, *arguments], cwd=project, encoding="utf-8", capture_output=True, check=False, timeout=300
    )
    assert done.returncode in ends, done.stdout + done.stderr
    return done.stdout


def contents(folder: Path) -> dict[Path, str]:
    """Every file of an installation, but the byte code that its own Python keeps of modules once they were imported.

    The probe's counts: other interpreters import that, and must not write there.
    """
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and (path.suffix != ".pyc" or "probe" in path.parts)
    }


def committed(*folders: str) -> set[str]:
    listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders], cwd=ROOT).stdout
    return {name for name in listed.splitlines() if (ROOT / name).exists()}


@NEEDS_GIT
def test_the_wheel_carries_the_code_the_scenarios_and_the_baseline_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert there == {name.replace("results/baseline", "harness/_baseline") for name in committed(*CARRIED)}


@NEEDS_GIT
def test_the_source_distribution_carries_what_the_project_s_own_tests_need(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        there = {name.partition("/")[2] for name in archive.getnames()}
    assert committed(*CARRIED, "benchmarks", "tests", "noxfile.py", "pyproject.toml", "results/schema.json") <= there
    assert not [name for name in there if name.startswith("results/") and name.endswith(".jsonl")]


def test_commands_work_in_another_project_s_folder_and_write_nothing_into_the_installation(
    program: Path, project: Path
) -> None:
    before = contents(program.parents[1])

    axes = json.loads(call(program, project, "catalogue", "--json"))["axes"]
    assert "session" in json.dumps(axes)

    ran = call(program, project, "matrix", "--profile", "smoke", "--cell", CELL, *RUNS)
    assert "results" in ran
    assert len(list((project / "results").glob("*.jsonl"))) == 1
    header = json.loads(next((project / "results").glob("*.jsonl")).read_text("utf-8").partition("\n")[0])
    assert header["harness"] == harness.__version__

    compared = json.loads(call(program, project, "compare", "0.26.0", "1.0.0", "--json"))
    assert compared["changed"] > 0  # of the baseline that the program carries

    assert contents(program.parents[1]) == before
    assert sorted(path.name for path in project.iterdir()) == ["results", "tests"]


@pytest.mark.skipif(platform_tag() != "linux-x86_64", reason="the baseline was measured elsewhere")
def test_the_carried_baseline_is_what_versions_are_compared_with(program: Path, project: Path) -> None:
    before = contents(program.parents[1])
    asked = ("regress", "--cell", CELL, *RUNS, "--against", "0.26.0", "--json")
    judged = json.loads(call(program, project, *asked, ends=[ExitCode.DONE, ExitCode.DIFFERENCES]))
    assert judged["compared"] > 0  # whether anything differs depends on this test's own Python
    assert "0.26.0" in judged["before"]
    assert list((project / "results" / "regress").glob("*.jsonl"))
    assert contents(program.parents[1]) == before


def test_a_project_s_own_suite_is_compared_with_a_baseline_of_its_own(program: Path, project: Path) -> None:
    suite = ("--suite", "tests", *RUNS)
    call(program, project, "matrix", "--results", "measured", *suite)
    call(program, project, "baseline", "--results", "measured")
    (packed,) = (project / "results" / "baseline").glob("*.jsonl.gz")
    assert "suite:tests" in gzip.decompress(packed.read_bytes()).decode()
    judged = json.loads(call(program, project, "regress", *suite, "--json"))
    assert judged["changed"] == 0
