"""A fixture that lives longer than the loop it was made on is made anew for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.calls import drop_keyword, without_empty_parentheses
from harness.cure.edits.clients import find_clients, find_handed_out, find_locals
from harness.cure.edits.code import LOOP_FIXTURES, SuiteCode
from harness.cure.edits.decorators import change_fixture
from harness.cure.edits.editing import Edit, Modules, Spot, rewrite_functions, spot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.source import Function


def find_wide(code: SuiteCode) -> Iterator[Spot]:
    """The wide fixtures that a coroutine gets and that may hold something of a loop. Narrowing others can't help."""
    reached = {
        fixture
        for user in (*code.tests, *code.fixtures)
        if user.is_async
        for fixture in (*code.find_needs(user), *([user] if user.decorator else []))
    }
    for fixture in code.fixtures:
        wide = fixture in reached and is_wide(fixture) and fixture.fixture_name not in LOOP_FIXTURES
        if wide and (fixture.is_async or hands_out_object(code, fixture)):
            yield spot_of(fixture)


def hands_out_object(code: SuiteCode, fixture: Function) -> bool:
    """Whether a synchronous fixture makes an object of a class, or by a function of the suite's."""
    value = find_handed_out(fixture)
    if isinstance(value, cst.Name):
        value = find_locals(fixture).get(value.value, value)
    source = code.files[fixture.file]
    if value is None or find_clients(code).kind_of(value, source, fixture):
        return value is not None
    if not isinstance(value, cst.Call):
        return False
    dotted = source.names.read(value.func)
    return dotted.rpartition(".")[2][:1].isupper() or find_clients(code).find_function(dotted, source) is not None


def is_wide(fixture: Function) -> bool:
    return fixture.scope not in ("function", None)


def narrow(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    """Narrow the fixtures, and those that ask for them: a wide fixture can't have a narrow one."""
    return rewrite_functions(code, {each: narrow_one(each, keep_loop=True) for each in with_dependents(code, spots)})


def narrow_with_loops(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    """The same, and their loops are those of the tests."""
    return rewrite_functions(code, {each: narrow_one(each, keep_loop=False) for each in with_dependents(code, spots)})


def with_dependents(code: SuiteCode, spots: Sequence[Spot]) -> list[Function]:
    wanted = {(each.file, each.key) for each in spots}
    chosen = [each for each in code.fixtures if (each.file, each.key) in wanted]
    more = [each for fixture in chosen for each in code.find_dependents(fixture) if each.decorator and is_wide(each)]
    return list(dict.fromkeys([*chosen, *more]))


def narrow_one(fixture: Function, *, keep_loop: bool) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    def change(decorator: cst.BaseExpression) -> cst.BaseExpression:
        narrowed = drop_keyword(decorator, "scope")
        return without_empty_parentheses(narrowed if keep_loop else drop_keyword(narrowed, "loop_scope"))

    return lambda node: change_fixture(fixture, node, change)


def find_wide_with_loops(code: SuiteCode) -> Iterator[Spot]:
    """Wide fixtures that name a loop."""
    named = {(each.file, each.key) for each in code.fixtures if each.loop_scope}
    return (each for each in find_wide(code) if (each.file, each.key) in named)


NARROW = Edit(
    name="narrow_scope",
    title="narrow {} to function scope",
    plural="fixtures",
    find=find_wide,
    apply=narrow,
)
NARROW_WITH_LOOPS = Edit(
    name="narrow_scope_and_loop",
    title="narrow {} to function scope, on the loop of the test",
    plural="fixtures",
    find=find_wide_with_loops,
    apply=narrow_with_loops,
)
EDITS = (NARROW, NARROW_WITH_LOOPS)
