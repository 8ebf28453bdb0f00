"""Definitions that an edit adds to a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.imports import IMPORT, add_import
from harness.cure.edits.source import PYTESTMARK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.cure.edits.imports import Statement

TWO_LINES = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))


def add_definition(
    module: cst.Module, text: str, imports: Iterable[str], *, after: Statement | None = None
) -> cst.Module:
    """The module with one definition more: after a statement, else below the imports and the module's own values."""
    for line in imports:
        module = add_import(module, line)
    body = list(module.body)
    found = next((i for i, each in enumerate(body) if each is after), None)
    at = find_head(body) if found is None else found + 1
    parsed = cst.parse_statement(text, config=module.config_for_parsing)
    wanted = parsed.with_changes(leading_lines=TWO_LINES if at else ())
    body.insert(at, wanted)
    if at + 1 < len(body):
        body[at + 1] = with_two_lines_before(body[at + 1])
    return module.with_changes(body=body)


def find_head(body: list[Statement]) -> int:
    """Where the imports end, and what belongs to them."""
    last = max((i for i, each in enumerate(body) if m.matches(each, IMPORT | PYTESTMARK)), default=None)
    docstring = bool(body) and m.matches(body[0], m.SimpleStatementLine(body=[m.Expr(m.SimpleString())]))
    return int(docstring) if last is None else last + 1


def with_two_lines_before(statement: Statement) -> Statement:
    lines = list(statement.leading_lines)
    empty = next((i for i, line in enumerate(lines) if line.comment), len(lines))
    return statement.with_changes(leading_lines=[*TWO_LINES, *lines[empty:]])


def add_method(node: cst.ClassDef, text: str) -> cst.ClassDef:
    """The class with one method more, at its end."""
    method = cst.parse_statement(text).with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    body = node.body
    return node.with_changes(body=body.with_changes(body=[*body.body, method]))
