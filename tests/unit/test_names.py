"""Names and words: a class name stands for one thing, and texts use no words of the house's own."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "harness").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
HOUSE_WORDS = re.compile(r"\b(told|said|believed|by nature|held against|surprise)\b")


def test_every_class_name_in_the_harness_and_the_benchmarks_is_defined_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
    assert len(places) > 100
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_names_and_texts_do_without_words_that_only_this_project_uses() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()}"
        for path in (*SOURCES, ROOT / "noxfile.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if HOUSE_WORDS.search(line)
    ]
    assert found == []
