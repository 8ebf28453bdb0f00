"""What the launcher `fork` takes for granted of the catalogue's suites. A value that breaks it gives `new_process`."""

from __future__ import annotations

import ast
import configparser
import sys
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.target import Target
from harness.launchers.model import INI

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUE = load_catalogue()
VALUES = [(axis, value) for axis, values in CATALOGUE.value_names.items() for value in values]
TARGETS = [
    Target(
        platform="linux",
        client="valkey",
        versions={
            "python": python,
            "pytest-asyncio": plugin,
            "pytest": pytest_version,
            "valkey": "6.1.1",
            "uvloop": "1",
            "anyio": "4.12.0",
        },
    )
    for python, plugin, pytest_version in (("3.9.1", "0.21.2", "7.4.4"), ("3.13.1", "1.5.0", "9.0.0"))
]
LATE_HOOKS = frozenset({"pytest_asyncio_loop_factories", "pytest_collection_modifyitems"})
"""Hooks of conftest files that are called after the fork."""

READ_LATE = frozenset(
    {"asyncio_mode", "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope", "filterwarnings"}
)
"""Options that are read when they are used, or mean the same before the suite's files are there."""

IMPORTED = frozenset(
    {*sys.stdlib_module_names, "_pytest", "pytest", "pytest_asyncio", "pluggy", "valkey", "redis", "uvloop", "anyio"}
)


def suites(axis: str, value: str) -> Iterator[dict[str, str]]:
    """The value's suites, all other axes at their default or as its file wants them."""
    for target in TARGETS:
        for creation in CATALOGUE.value_names["creation_site"]:
            cell = CATALOGUE.cell({"creation_site": creation} | {axis: value})
            if not CATALOGUE.new_process(cell) and CATALOGUE.not_applicable(cell, target) is None:
                yield CATALOGUE.suite(cell, target)


@pytest.mark.parametrize(("axis", "value"), VALUES)
def test_a_forked_suite_does_nothing_that_a_warm_process_has_done_already(axis: str, value: str) -> None:
    for files in suites(axis, value):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(files[INI])
        assert set(parser["pytest"]) <= READ_LATE
        assert not {"pyproject.toml", "tox.ini", "setup.cfg", "pytest.toml"} & files.keys()
        assert IMPORTED.isdisjoint(path.partition("/")[0].removesuffix(".py") for path in files)
        for path, text in files.items():
            if path.endswith("conftest.py"):
                names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
                assert {name for name in names if name.startswith("pytest_")} <= LATE_HOOKS
                assert "pytest_plugins" not in text
