"""Arguments of calls and decorators: added, changed and dropped without touching the layout of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from harness.cure.edits.source import find_keyword

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item", cst.Arg, cst.Param)

NO_SPACE = cst.SimpleWhitespace("")
SPACE = cst.SimpleWhitespace(" ")


def make_keyword(name: str, value: str) -> cst.Arg:
    """`name="value"`."""
    equal = cst.AssignEqual(whitespace_before=NO_SPACE, whitespace_after=NO_SPACE)
    return cst.Arg(keyword=cst.Name(name), value=cst.parse_expression(value), equal=equal)


def set_keyword(node: cst.BaseExpression, name: str, value: str) -> cst.Call:
    """The call, or the call of the name, with the keyword argument. `value` is source."""
    call = node if isinstance(node, cst.Call) else cst.Call(func=node)
    wanted = make_keyword(name, value)
    if find_keyword(call, name) is not None:
        return call.with_changes(args=[replace_value(each, wanted) for each in call.args])
    return call.with_changes(args=append(call.args, wanted, call.whitespace_before_args))


def replace_value(argument: cst.Arg, wanted: cst.Arg) -> cst.Arg:
    same = argument.keyword and wanted.keyword and argument.keyword.value == wanted.keyword.value
    return argument.with_changes(value=wanted.value) if same else argument


def append(
    arguments: Sequence[Item], wanted: Item, first_line: cst.BaseParenthesizableWhitespace = NO_SPACE
) -> list[Item]:
    """The arguments or parameters with one more, laid out as the others are."""
    if not arguments:
        return [wanted]
    *others, last = arguments
    if not isinstance(last.comma, cst.Comma):
        return [*others, last.with_changes(comma=cst.Comma(whitespace_after=SPACE)), wanted]
    between = others[-1].comma if others else cst.Comma(whitespace_after=first_line)
    return [*others, lay_out(last, between), wanted.with_changes(comma=without_comment(last.comma))]


def drop(arguments: Sequence[Item], unwanted: Callable[[Item], bool]) -> list[Item]:
    """Those that stay; the last of them ends as the last did."""
    kept = [each for each in arguments if not unwanted(each)]
    if kept and kept[-1] is not arguments[-1]:
        kept[-1] = lay_out(kept[-1], arguments[-1].comma)
    return kept


def lay_out(item: Item, like: cst.Comma | cst.MaybeSentinel) -> Item:
    """With another's comma, but its own comment behind it."""
    own, other = after_comma(item.comma), after_comma(like)
    if own is None or other is None or not isinstance(like, cst.Comma):
        return item.with_changes(comma=like)
    kept = other.with_changes(first_line=own.first_line)
    return item.with_changes(comma=like.with_changes(whitespace_after=kept))


def after_comma(comma: cst.Comma | cst.MaybeSentinel) -> cst.ParenthesizedWhitespace | None:
    """The line break after a comma."""
    after = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    return after if isinstance(after, cst.ParenthesizedWhitespace) else None


def without_comment(comma: cst.Comma) -> cst.Comma:
    after = after_comma(comma)
    return (
        comma.with_changes(whitespace_after=after.with_changes(first_line=cst.TrailingWhitespace())) if after else comma
    )


def drop_keyword(node: cst.BaseExpression, name: str) -> cst.BaseExpression:
    """The call without the keyword argument."""
    if not isinstance(node, cst.Call):
        return node
    kept = drop(node.args, lambda each: each.keyword is not None and each.keyword.value == name)
    if not kept:
        return node.with_changes(args=(), whitespace_before_args=NO_SPACE)
    return node.with_changes(args=kept)


def without_empty_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    """A decorator's name instead of its call without arguments."""
    return node.func if isinstance(node, cst.Call) and not node.args else node


def drop_parameter(function: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """The function without a parameter."""
    given = function.params
    changed = given.with_changes(
        params=drop(given.params, lambda each: each.name.value == name),
        kwonly_params=drop(given.kwonly_params, lambda each: each.name.value == name),
        posonly_params=drop(given.posonly_params, lambda each: each.name.value == name),
    )
    return function.with_changes(params=changed)


def add_parameter(function: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """The function with one parameter more, after those without a default."""
    given = list(function.params.params)
    if any(each.name.value == name for each in given):
        return function
    wanted = cst.Param(cst.Name(name))
    at = next((i for i, each in enumerate(given) if each.default is not None), len(given))
    if at < len(given):
        given.insert(at, wanted.with_changes(comma=cst.Comma(whitespace_after=SPACE)))
    else:
        given = append(given, wanted, function.whitespace_before_params)
    return function.with_changes(params=function.params.with_changes(params=given))
