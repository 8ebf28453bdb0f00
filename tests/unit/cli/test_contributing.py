"""The examples in CONTRIBUTING.md do what it says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness.verdicts.signatures import parse_signatures

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


def example(name: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, name
    return found[1]


def in_tree(tree: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=tree, encoding="utf-8", capture_output=True, check=True)
    return done.stdout


def test_a_value_is_added_with_one_file(tmp_path: Path) -> None:
    for folder in ("harness", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = "scenarios/cleanup_style/aclose_with_pool.py"
    (tmp_path / path).write_text(example(path), encoding="utf-8")

    axes = json.loads(in_tree(tmp_path, "-m", "harness", "catalogue", "--json"))["axes"]
    styles = {value["name"]: value for axis in axes if axis["name"] == "cleanup_style" for value in axis["values"]}
    assert styles["aclose_with_pool"]["needs"][0]["requirement"] == "redis>=5.0.1"
    assert "await client.aclose(close_connection_pool=True)" in in_tree(tmp_path, "-c", RENDER)


def test_the_signature_is_one() -> None:
    (signature,) = parse_signatures(example("signature"))
    assert signature.name == "pool-exhausted"
