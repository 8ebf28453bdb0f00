"""Synchronous fixtures and tests that ask for a loop get one of their own from a fixture, which closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits import loop_ends
from harness.cure.edits.additions import add_definition
from harness.cure.edits.calls import add_parameter
from harness.cure.edits.code import is_conftest
from harness.cure.edits.coroutines import OwnBody
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of
from harness.cure.edits.marks import has_runner_of_its_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.source import Function
from harness.cure.edits.editing import Modules, Spot

ASKING = "asyncio.get_event_loop"
NAME = "own_loop"
FIXTURE = """\
@{}
def own_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()
"""


def find_asking(code: SuiteCode) -> Iterator[Spot]:
    for function in (*code.fixtures, *code.tests):
        source = code.files[function.file]
        plain = not function.is_async and function.scope == "function" and not has_runner_of_its_own(source, function)
        if plain and list_asking(function):
            yield spot_of(function)


def list_asking(function: Function) -> list[cst.Call]:
    return [each for each in function.find_own(cst.Call) if function.names.read(each.func) == ASKING]


def give_loops(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    changed: dict[str, cst.Module] = {}
    chosen = [each for each in (*code.fixtures, *code.tests) if spot_of(each) in spots]
    for file in dict.fromkeys(each.file for each in chosen):
        own = [each for each in chosen if each.file == file]
        module = rewrite_functions(code, {each: give_loop(each) for each in own})[file]
        names = code.files[file].names
        there = any(is_conftest(each.file) for each in chosen) and not is_conftest(file)
        if not there and not code.find_fixture(NAME, own[0]):
            imports = ["import asyncio", *([] if names.spell("pytest.fixture") else ["import pytest"])]
            text = FIXTURE.format(names.spell("pytest.fixture") or "pytest.fixture")
            module = add_definition(module, text, imports)
        changed[file] = module
    return changed


def give_loop(function: Function) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    return lambda node: add_parameter(CallReplacer(function).change(node), NAME)


class CallReplacer(OwnBody):
    """Puts the fixture's loop where the function asks for one."""

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.names = function.names

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802 - libcst's name
        return cst.Name(NAME) if self.names.read(original_node.func) == ASKING else updated_node


EDITS = (
    *loop_ends.EDITS,
    Edit(
        name="own_loop",
        title="give {} a loop of its own, which is closed",
        plural="synchronous fixtures and tests",
        find=find_asking,
        apply=give_loops,
    ),
)
