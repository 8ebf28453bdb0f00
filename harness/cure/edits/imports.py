"""Imports that an edit needs, and those that nobody needs after it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement

IMPORT = m.SimpleStatementLine(body=[m.Import() | m.ImportFrom()])
FUTURE = m.SimpleStatementLine(body=[m.ImportFrom(module=m.Name("__future__"))])
DOCSTRING = m.SimpleStatementLine(body=[m.Expr(m.SimpleString())])


def add_import(module: cst.Module, line: str) -> cst.Module:
    """The module with the import, at its place among the others of its kind; as it is if the import is there."""
    body = list(module.body)
    if any(m.matches(each, IMPORT) and module.code_for_node(each).strip() == line for each in body):
        return module
    wanted = cst.parse_statement(line, config=module.config_for_parsing)
    assert isinstance(wanted, cst.SimpleStatementLine)
    at, leads = find_place(module, body, line)
    if at == len(body):
        return module.with_changes(body=[*body, wanted])
    if leads:
        wanted = wanted.with_changes(leading_lines=body[at].leading_lines)
        body[at] = body[at].with_changes(leading_lines=())
    elif not m.matches(body[at], IMPORT):
        body[at] = with_blank_line_before(body[at])
    return module.with_changes(body=[*body[:at], wanted, *body[at:]])


def find_place(module: cst.Module, body: Sequence[Statement], line: str) -> tuple[int, bool]:
    """Where an import goes, and whether it becomes the first of a block of imports."""
    texts = [module.code_for_node(each).strip() if m.matches(each, IMPORT) else "" for each in body]
    places = [i for i, each in enumerate(body) if texts[i] and not m.matches(each, FUTURE)]
    if not places:
        head = [i for i, each in enumerate(body) if m.matches(each, FUTURE) or (i == 0 and m.matches(each, DOCSTRING))]
        return (head[-1] + 1 if head else 0), False
    if line == "import pytest_asyncio" and "import pytest" in texts:
        return texts.index("import pytest") + 1, False
    end = next((i for i in range(places[0], len(body)) if not texts[i]), len(body))
    kind = [i for i in range(places[0], end) if is_standard(texts[i]) == is_standard(line) and "from ." not in texts[i]]
    if not kind:
        return (places[0], False) if is_standard(line) else (end, False)
    later = next((i for i in kind if sort_key(texts[i]) > sort_key(line)), None)
    if later is None:
        return kind[-1] + 1, False
    return later, later == places[0] or begins_block(body[later])


def is_standard(line: str) -> bool:
    """Whether an import is one of the standard library."""
    return line.split()[1].partition(".")[0] in sys.stdlib_module_names


def begins_block(statement: Statement) -> bool:
    """Whether there is an empty line above."""
    return any(line.comment is None for line in statement.leading_lines)


def sort_key(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line.split()[1]


def with_blank_line_before(statement: Statement) -> Statement:
    if statement.leading_lines:
        return statement
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])


class UsedNames(cst.CSTVisitor):
    """The names that code uses, imports apart."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: N802, ARG002 - libcst's names
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802, ARG002
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
        self.names.add(node.value)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802
        if isinstance(text := node.evaluated_value, str):
            self.names |= {part.partition(".")[0] for part in text.replace("[", " ").replace("]", " ").split()}


def used_names(node: cst.CSTNode) -> set[str]:
    """The names that code uses; those in strings too, which may be annotations."""
    used = UsedNames()
    node.visit(used)
    return used.names


def drop_unused_imports(before: cst.Module, after: cst.Module) -> cst.Module:
    """Without the imports that were used before and aren't any more."""
    lost = (used_names(before) - used_names(after)) & set(Names(after).at_top)
    if not lost:
        return after
    body: list[Statement] = []
    carried: Sequence[cst.EmptyLine] = ()
    for each in after.body:
        kept = drop_names(each, lost)
        if kept is None:
            carried = carried or each.leading_lines
            continue
        body.append(pass_lines(carried, kept))
        carried = ()
    return after.with_changes(body=body)


def pass_lines(lines: Sequence[cst.EmptyLine], statement: Statement) -> Statement:
    """The statement with the empty lines and comments of what stood before it."""
    if len(statement.leading_lines) >= len(lines):
        return statement
    return statement.with_changes(leading_lines=lines)


def drop_names(statement: Statement, lost: set[str]) -> Statement | None:
    """An import without these names; None if nothing of it stays."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return statement
    only = statement.body[0]
    if not isinstance(only, cst.Import | cst.ImportFrom) or isinstance(only.names, cst.ImportStar):
        return statement
    kept = [alias for alias in only.names if binding(alias, only) not in lost]
    if len(kept) == len(only.names):
        return statement
    if not kept:
        return None
    kept[-1] = kept[-1].with_changes(comma=only.names[-1].comma)
    return statement.with_changes(body=[only.with_changes(names=kept)])


def binding(alias: cst.ImportAlias, statement: cst.Import | cst.ImportFrom) -> str:
    """The name that an import binds."""
    name = alias.evaluated_alias or alias.evaluated_name
    return name.partition(".")[0] if isinstance(statement, cst.Import) and not alias.asname else name
