"""Fixtures and tests do without the fixture `event_loop`, which 1.0 dropped; nobody redefines it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.cure.edits.calls import drop_parameter
from harness.cure.edits.code import uses_name
from harness.cure.edits.coroutines import RUNNING, can_be_async, list_imports, make_async, use_running_loop
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of
from harness.cure.edits.removal import remove_functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import libcst as cst

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules, Spot
    from harness.cure.edits.source import Function

NAME = "event_loop"
NAMED = re.compile(rf"""["']{NAME}["']""".encode())
"""Asked for by a mark or by `getfixturevalue`."""


def find_requests(code: SuiteCode) -> Iterator[Spot]:
    for function in (*code.fixtures, *code.tests):
        if NAME in function.parameters and function.fixture_name != NAME and can_be_async(code, function):
            yield spot_of(function)


def drop_requests(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    chosen = [each for each in (*code.fixtures, *code.tests) if spot_of(each) in spots]
    changed: dict[str, cst.Module] = {}
    for file in dict.fromkeys(each.file for each in chosen):
        own = [each for each in chosen if each.file == file]
        using = [each for each in own if uses_name(each.node.body, NAME)]
        imports = list_imports(code, using)
        asking = (each for each in using if uses_name(drop_one(code, each)(each.node).body, "asyncio"))
        if not code.files[file].names.spell(RUNNING) and any(asking):
            imports.append("import asyncio")
        changed |= rewrite_functions(code, {each: drop_one(code, each) for each in own}, imports)
    return remove_functions(code, find_unused_overrides(code, chosen), changed)


def find_unused_overrides(code: SuiteCode, freed: Sequence[Function]) -> list[Function]:
    """The redefined fixtures, if nothing uses them once these don't ask for it. Before 1.0, the plugin does."""
    asking = (each for each in code.functions if NAME in each.parameters and each not in freed)
    named = (each for each in code.files.values() if NAMED.search(each.text))
    if not code.facts.target.meets("pytest-asyncio>=1.0") or any(asking) or any(named):
        return []
    return [each for each in code.fixtures if each.fixture_name == NAME]


def drop_one(code: SuiteCode, function: Function) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    def change(node: cst.FunctionDef) -> cst.FunctionDef:
        if not uses_name(node.body, NAME):
            return drop_parameter(node, NAME)
        return use_running_loop(function, make_async(code, function, node))

    return change


def find_overrides(code: SuiteCode) -> Iterator[Spot]:
    return (spot_of(each) for each in code.fixtures if each.fixture_name == NAME)


def drop_overrides(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    return remove_functions(code, [each for each in code.fixtures if spot_of(each) in spots])


EDITS = (
    Edit(
        name="drop_event_loop",
        title="do without event_loop in {}",
        plural="fixtures and tests",
        find=find_requests,
        apply=drop_requests,
    ),
    Edit(
        name="drop_event_loop_override",
        title="drop the redefined {}",
        plural="event_loop fixtures",
        find=find_overrides,
        apply=drop_overrides,
    ),
)
