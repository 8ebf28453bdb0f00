"""The decorators of fixtures and tests."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from harness.cure.edits.source import ASYNCIO_FIXTURE, Function

DecoratorChange = Callable[[cst.BaseExpression], cst.BaseExpression]


def change_decorator(
    function: Function, node: cst.FunctionDef, which: cst.Decorator, change: DecoratorChange
) -> cst.FunctionDef:
    """The function with one decorator changed. `node` may have been changed elsewhere already."""
    at = list(function.node.decorators).index(which)
    decorators = list(node.decorators)
    decorators[at] = decorators[at].with_changes(decorator=change(decorators[at].decorator))
    return node.with_changes(decorators=decorators)


def change_fixture(function: Function, node: cst.FunctionDef, change: DecoratorChange) -> cst.FunctionDef:
    """The fixture with its decorator changed."""
    assert function.decorator
    return change_decorator(function, node, function.decorator, change)


def use_plugin(function: Function) -> DecoratorChange:
    """Make of `pytest.fixture` the plugin's decorator."""
    spelled = function.names.spell(ASYNCIO_FIXTURE) or ASYNCIO_FIXTURE

    def change(node: cst.BaseExpression) -> cst.BaseExpression:
        name = cst.parse_expression(spelled)
        return node.with_changes(func=name) if isinstance(node, cst.Call) else name

    return change
