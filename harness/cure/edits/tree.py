"""Walking and changing a syntax tree quickly: libcst's own visitors look at every space, and copy every node."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Node = TypeVar("Node", bound=cst.CSTNode)
LAYOUT = (
    "whitespace",
    "leading_lines",
    "lines_after",
    "lpar",
    "rpar",
    "lbracket",
    "rbracket",
    "comma",
    "semicolon",
    "header",
    "footer",
    "trailing_whitespace",
    "newline",
    "equal",
    "dot",
    "indent",
    "asynchronous",
    "operator",
)
DEFINITIONS = (cst.FunctionDef, cst.Lambda, cst.ClassDef)


@cache
def code_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that hold code rather than layout."""
    return tuple(each.name for each in fields(kind) if not each.name.startswith(LAYOUT))


def list_children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in code_fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, tuple | list):
            yield from (each for each in value if isinstance(each, cst.CSTNode))


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all that is in it, in the order of the source."""
    yield node
    for child in list_children(node):
        yield from walk(child)


def walk_own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The same, but nothing of the functions and classes that are defined in it."""
    yield node
    if not isinstance(node, DEFINITIONS):
        for child in list_children(node):
            yield from walk_own(child)


def find_all(node: cst.CSTNode, kind: type[Node]) -> list[Node]:
    return [each for each in walk(node) if isinstance(each, kind)]


def has_name(node: cst.CSTNode, name: str) -> bool:
    """Whether a plain name is anywhere in the code."""
    return any(each.value == name for each in find_all(node, cst.Name))


def rebuild(node: Node, changes: Mapping[cst.CSTNode, Callable[[cst.CSTNode], cst.CSTNode]]) -> Node:
    """The tree with some of its nodes changed. What isn't above or below them stays the same object."""
    changed: dict[str, object] = {}
    for name in code_fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            new: object = rebuild(value, changes)
            if new is not value:
                changed[name] = new
        elif isinstance(value, tuple | list):
            every = [rebuild(each, changes) if isinstance(each, cst.CSTNode) else each for each in value]
            if any(one is not other for one, other in zip(every, value, strict=True)):
                changed[name] = every
    result = node.with_changes(**changed) if changed else node
    change = changes.get(node)
    return change(result) if change else result  # type: ignore[return-value]
