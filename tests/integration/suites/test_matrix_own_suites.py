"""`matrix --suite` and `--with` in real environments on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ExitCode
from harness.evidence.store import EvidenceStore
from harness.store.reading import read_results
from tests.systems import HIDDEN_ROOT

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PLUGIN = "1.0.0"
FILES = {
    "project/pyproject.toml": """
[project]
name = "mine"
version = "1"
[dependency-groups]
test = ["pytest-asyncio==0.24.0", "iniconfig==1.0.0", "humanize==4.9.0"]
[tool.pytest.ini_options]
asyncio_mode = "auto"
testpaths = ["checks"]
""",
    "project/conftest.py": """
import os, pytest, valkey.asyncio as valkey

@pytest.fixture(scope="session")
async def client():
    client = valkey.from_url(os.environ["VALKEY_URL"])
    yield client
    await client.aclose()
""",
    "project/checks/test_client.py": """
import os, humanize, idna, redis_is_not_needed_here as helper

async def test_the_database_is_empty(client):
    assert await client.keys("*") == [] and os.environ["REDIS_URL"].startswith("redis://")

async def test_again(client):
    await client.ping()

def test_versions():
    from importlib.metadata import version
    assert (humanize.__version__, idna.__version__, version("pytest-asyncio")) == ("4.9.0", "3.10", "1.0.0")
    open("written.txt", "w").close()
""",
    "project/redis_is_not_needed_here.py": "",
    "project/.venv/pyvenv.cfg": "",
    "project/.venv/test_not_mine.py": "def test_not_mine(): assert False",
    "broken/test_broken.py": "import nothing_like_this\ndef test_a(): pass\n",
    "none/helper.py": "",
    "hangs/test_hangs.py": "import time\ndef test_hangs(): time.sleep(1000)\n",
    "unresolvable/test_a.py": "def test_a(): pass\n",
    "unresolvable/requirements.txt": "humanize==0.0.1.dev99\n",
}


def matrix(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", "matrix", *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_each_suite_has_its_outcome_its_tests_are_reported_and_nothing_is_written_to_it(tmp_path: Path) -> None:
    for path, text in FILES.items():
        (tmp_path / "mine" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / path).write_text(text)
    before = snapshot(tmp_path / "mine")
    names = ("project", "broken", "none", "hangs", "unresolvable")
    suites = [part for name in names for part in ("--suite", str(tmp_path / "mine" / name))]
    options = ("--pytest-asyncio", PLUGIN, "--with", "idna==3.10", "--limit", "3")
    done = matrix(*suites, *options, "--results", str(tmp_path / "results"), "--json")
    assert done.returncode == ExitCode.INFRASTRUCTURE, done.stderr
    assert "suite:unresolvable ran nowhere" in done.stderr
    assert snapshot(tmp_path / "mine") == before
    found = json.loads(done.stdout)
    labels = {cell: [each["label"] for each in by.values()] for cell, by in found["cells"].items()}
    (hangs,) = labels.pop("suite:hangs")
    assert hangs.startswith("hang: no ")
    assert labels == {
        "suite:project": [f"loop-closed←{HIDDEN_ROOT} in 1 test"],
        "suite:broken": ["ModuleNotFoundError in 1 file"],
        "suite:none": ["no-tests: pytest found no test to run, exit code 5"],
    }
    by_test = {row["group"]: row["texts"][1] for row in found["tables"]["suite_project"]["rows"]}
    assert by_test["the whole suite"] == f"loop-closed←{HIDDEN_ROOT} in 1 test (.F.)"
    assert by_test["checks/test_client.py::test_again"] == f"failed: loop-closed←{HIDDEN_ROOT}"
    (row,) = [each for each in found["tables"]["summary"]["rows"] if each["texts"][0] == "unresolvable"]
    assert "humanize==0.0.1.dev99" in row["texts"][1]
    assert "its files ask for pytest-asyncio==0.24.0; other releases run here too" in done.stderr


SHAPED = {
    "conftest.py": """
import os
import pytest

HOST = os.environ["APP_HOST"]

@pytest.fixture
def secret():
    return os.environ["APP_TOKEN"]
""",
    "pytest.ini": "[pytest]\naddopts = -n 2\nasyncio_mode = auto\n",
    "requirements.txt": "pytest-xdist==3.8.0\n",
    ".env": "APP_TOKEN='s3cret-value'\n",
    "tests/test_server.py": """
import os
import redis.asyncio as redis
from conftest import HOST

async def test_server():
    async with redis.Redis(host=HOST, port=int(os.environ["REDIS_PORT"]), db=int(os.environ["REDIS_DB"])) as client:
        assert await client.ping()

def test_token(secret):
    raise OSError(secret)

def test_not_wanted():
    assert False
""",
    "tests/test_other.py": "def test_other(): assert False\n",
}


def test_a_part_of_a_suite_runs_with_the_users_variables_and_arguments(tmp_path: Path) -> None:
    for path, text in SHAPED.items():
        (tmp_path / "shaped" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shaped" / path).write_text(text)
    results = tmp_path / "results"
    done = matrix(
        *("--suite", f"{tmp_path / 'shaped'}::tests/test_server.py", "--pytest-args", "-k 'not wanted'"),
        *("--env", "APP_HOST={host}", "--env-file", str(tmp_path / "shaped/.env"), "--client", "redis"),
        *("--pytest-asyncio", PLUGIN, "--results", str(results), "--json"),
    )
    assert done.returncode == ExitCode.DONE, done.stderr
    found = json.loads(done.stdout)
    ((cell, by),) = found["cells"].items()
    assert cell == "suite:shaped::tests/test_server.py"
    (one,) = by.values()
    assert (one["statuses"], one["patterns"]) == (["fails"], [".F"])
    ((outcome,),) = (run.outcomes for run in read_results(results).runs)
    evidence = EvidenceStore(results).get(outcome.evidence)
    assert evidence.tests[1].phases[1].chain[0].text == "***"
    assert ["not on 2 workers" in note for note in outcome.verdict.notes] == [True]
    files = "".join(file.read_text(errors="replace") for file in results.rglob("*") if file.is_file())
    assert "s3cret-value" not in repr(evidence) + files + done.stdout + done.stderr


def test_a_folder_that_is_not_there_ends_at_once(tmp_path: Path) -> None:
    done = matrix("--suite", str(tmp_path / "nowhere"), "--results", str(tmp_path / "results"))
    assert done.returncode == ExitCode.USAGE
    assert "There is no folder" in done.stderr
    assert not (tmp_path / "results").exists()
