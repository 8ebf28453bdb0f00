"""`asyncio.run(x)` and `loop.run_until_complete(x)` in a fixture or a test become `await x`, on the plugin's loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.edits.coroutines import can_be_async, find_runs, list_imports, make_async
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of
from harness.cure.edits.marks import has_runner_of_its_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import libcst as cst

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules, Spot
    from harness.cure.edits.source import Function


def find_running(code: SuiteCode, functions: Sequence[Function]) -> Iterator[Spot]:
    for function in functions:
        own_runner = has_runner_of_its_own(code.files[function.file], function)
        if not own_runner and find_runs(code, function) and can_be_async(code, function):
            yield spot_of(function)


def await_them(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    chosen = [each for each in (*code.fixtures, *code.tests) if spot_of(each) in spots]
    changed: dict[str, cst.Module] = {}
    for file in dict.fromkeys(each.file for each in chosen):
        own = [each for each in chosen if each.file == file]
        changed |= rewrite_functions(code, {each: await_one(code, each) for each in own}, list_imports(code, own))
    return changed


def await_one(code: SuiteCode, function: Function) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    return lambda node: make_async(code, function, node)


EDITS = (
    Edit(
        name="await_in_fixture",
        title="await in {} what it runs on another loop",
        plural="fixtures",
        find=lambda code: find_running(code, code.fixtures),
        apply=await_them,
    ),
    Edit(
        name="await_in_test",
        title="await in {} what it runs on another loop",
        plural="tests",
        find=lambda code: find_running(code, code.tests),
        apply=await_them,
    ),
)
