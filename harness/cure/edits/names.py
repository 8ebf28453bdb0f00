"""What a module's imports bind, so that an expression can be read as the dotted name that it means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.tree import list_children

if TYPE_CHECKING:
    from collections.abc import Iterator


WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")


def write_dotted(node: cst.BaseExpression) -> str | None:
    """`a.b.c` of such an expression; None for any other."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = write_dotted(node.value)
        return before and f"{before}.{node.attr.value}"
    return None


def used_names(node: cst.CSTNode) -> frozenset[str]:
    """The names that code uses, imports apart; those in strings too, which may be annotations."""
    found: set[str] = set()
    for each in walk_code(node):
        if isinstance(each, cst.Name):
            found.add(each.value)
        elif isinstance(each, cst.SimpleString):
            found.update(WORD.findall(each.value))
    return frozenset(found)


def plain_names(node: cst.CSTNode) -> frozenset[str]:
    """The names that code uses, without those in strings."""
    return frozenset(each.value for each in walk_code(node) if isinstance(each, cst.Name))


def walk_code(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes but imports and the names of attributes and keyword arguments."""
    yield node
    if isinstance(node, cst.Attribute | cst.Arg):
        yield from walk_code(node.value)
    elif not isinstance(node, cst.Import | cst.ImportFrom):
        for child in list_children(node):
            yield from walk_code(child)


class Names:
    """The names that a module imports. Those that only a function imports can be read, but not be used elsewhere."""

    def __init__(self, module: cst.Module) -> None:
        self.bound: dict[str, str] = {}
        self.at_top: dict[str, str] = {}
        self._collect(module, at_top=True)

    def _collect(self, node: cst.CSTNode, *, at_top: bool) -> None:
        for child in list_children(node):
            if isinstance(child, cst.Import):
                self._add_import(child, at_top=at_top)
            elif isinstance(child, cst.ImportFrom):
                self._add_from(child, at_top=at_top)
            elif not isinstance(child, cst.BaseExpression):
                self._collect(child, at_top=at_top and not isinstance(child, cst.FunctionDef))

    def _add_import(self, node: cst.Import, *, at_top: bool) -> None:
        for alias in node.names:
            if alias.asname:
                self._bind(alias.evaluated_alias or "", alias.evaluated_name, at_top=at_top)
            else:
                first = alias.evaluated_name.partition(".")[0]
                self._bind(first, first, at_top=at_top)

    def _add_from(self, node: cst.ImportFrom, *, at_top: bool) -> None:
        if isinstance(node.names, cst.ImportStar):
            return
        module = "." * len(node.relative) + ((node.module and write_dotted(node.module)) or "")
        for alias in node.names:
            dotted = f"{module}.{alias.evaluated_name}" if module.strip(".") else module + alias.evaluated_name
            self._bind(alias.evaluated_alias or alias.evaluated_name, dotted, at_top=at_top)

    def _bind(self, name: str, dotted: str, *, at_top: bool) -> None:
        self.bound[name] = dotted
        if at_top:
            self.at_top[name] = dotted

    def read(self, node: cst.BaseExpression) -> str:
        """The dotted name that an expression means, through what is imported; empty for what isn't one."""
        written = write_dotted(node) or ""
        first, dot, rest = written.partition(".")
        return self.bound.get(first, first) + dot + rest

    def spell(self, dotted: str) -> str | None:
        """How the module writes a dotted name; None if it imports nothing of it."""
        for name, meaning in self.at_top.items():
            if dotted == meaning or dotted.startswith(f"{meaning}."):
                return name + dotted.removeprefix(meaning)
        return None
