"""Imports run one way: a module imports only from the lines above its own, and never round in a circle."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[2] / "harness"

# Files directly in `harness/` are below all folders, and `__main__` is above. What stands in one line is independent of
# each other. `cli` is low because everything reads the types of its options; it imports a command by its name, when it
# runs it. What `TYPE_CHECKING` guards counts like any other import.
LAYERS = """
processes
servers
environments
catalogue
requirements
suites
cli
planning
habits
evidence
launchers
verdicts
store
output
analysis
pipeline
dask
compare
knowledge
bisect regress repro reported explain
diagnose
cure
report
commands
__main__
"""
LEVELS = {name: level for level, line in enumerate(LAYERS.split("\n")) for name in line.split()}
BELOW_ALL = -1
APART = "probe"
"""Runs inside the environments under test."""


@cache
def imports() -> dict[str, frozenset[str]]:
    """The modules of the harness, each with those of them that it imports."""
    paths = {name_of(path): path for path in HARNESS.rglob("*.py")}
    return {module: frozenset(imported(path, set(paths))) for module, path in paths.items()}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(HARNESS.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, modules: set[str]) -> set[str]:
    package = name_of(path.parent / "__init__").split(".")
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            names = [f"{source}.{alias.name}" for alias in node.names]
            found |= {name if name in modules else name.rpartition(".")[0] for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & modules


def part_of(module: str) -> str:
    """The folder or file of `harness/` that the module is in."""
    return module.removeprefix(HARNESS.name).removeprefix(".").partition(".")[0]


def level(part: str) -> int:
    """Its line; files that have none are below all."""
    return LEVELS.get(part, BELOW_ALL)


def test_every_folder_has_a_place_among_the_layers() -> None:
    folders = {path.parent.name for path in HARNESS.glob("*/__init__.py")}
    assert folders == LEVELS.keys() - {"__main__"} | {APART}


@pytest.mark.parametrize("part", sorted({part_of(module) for module in imports()} - {APART}))
def test_a_module_imports_only_from_layers_above_its_own_line(part: str) -> None:
    upwards = {
        f"{module} imports {other}"
        for module, others in imports().items()
        if part_of(module) == part
        for other in others
        if part_of(other) != part and not allowed(part, part_of(other))
    }
    assert not upwards


def allowed(part: str, other: str) -> bool:
    return other != APART and (level(other) < level(part) or level(part) == BELOW_ALL == level(other))


def test_no_modules_import_each_other_round_in_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_probe_imports_nothing_of_the_rest() -> None:
    inside = {module for module in imports() if part_of(module) == APART}
    assert inside
    assert not {f"{module} imports {other}" for module in inside for other in imports()[module] - inside}
