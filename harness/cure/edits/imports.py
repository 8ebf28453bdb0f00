"""Imports that an edit needs, and those that nobody needs after it."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.cure.edits.source import SourceFile

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
    if (same := find_same_module(body, wanted)) is not None:
        body[same] = with_one_name_more(body[same], wanted)
        return module.with_changes(body=body)
    at, position = find_place(module, body, line)
    if position is Position.LAST_BLOCK:
        wanted = with_blank_line_before(wanted)
    if at < len(body):
        next_one = body[at]
        if position in (Position.FIRST, Position.OWN_BLOCK):
            wanted = wanted.with_changes(leading_lines=next_one.leading_lines)
            body[at] = next_one.with_changes(leading_lines=())
        if position is Position.OWN_BLOCK or not m.matches(next_one, IMPORT):
            body[at] = with_blank_line_before(body[at])
    return module.with_changes(body=[*body[:at], wanted, *body[at:]])


def find_same_module(body: Sequence[Statement], wanted: cst.SimpleStatementLine) -> int | None:
    """The import of other names from the same module, if it stands on one line."""
    only = wanted.body[0]
    if isinstance(only, cst.ImportFrom) and only.module:
        for at, each in enumerate(body):
            there = each.body[0] if m.matches(each, IMPORT) and isinstance(each, cst.SimpleStatementLine) else None
            plain = isinstance(there, cst.ImportFrom) and not there.lpar and not isinstance(there.names, cst.ImportStar)
            if isinstance(there, cst.ImportFrom) and plain and there.module and there.module.deep_equals(only.module):
                return at if not there.relative else None
    return None


def with_one_name_more(statement: Statement, wanted: cst.SimpleStatementLine) -> Statement:
    there, more = statement.body[0], wanted.body[0]  # type: ignore[index]
    assert isinstance(there, cst.ImportFrom)
    assert isinstance(more, cst.ImportFrom)
    assert not isinstance(there.names, cst.ImportStar)
    assert not isinstance(more.names, cst.ImportStar)
    names = sorted([*there.names, *more.names], key=lambda each: each.evaluated_name)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    spaced = [each.with_changes(comma=comma) for each in names[:-1]]
    spaced.append(names[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT))
    return statement.with_changes(body=[there.with_changes(names=spaced)])


class Position(Enum):
    """How an import joins those that are there."""

    WITHIN = "among them"
    FIRST = "first of a block"
    OWN_BLOCK = "a block of its own, before the others"
    LAST_BLOCK = "a block of its own, after the others"


def find_place(module: cst.Module, body: Sequence[Statement], line: str) -> tuple[int, Position]:
    """Where an import goes."""
    texts = [module.code_for_node(each).strip() if m.matches(each, IMPORT) else "" for each in body]
    places = [i for i, each in enumerate(body) if texts[i] and not m.matches(each, FUTURE)]
    if not places:
        head = [i for i, each in enumerate(body) if m.matches(each, FUTURE) or (i == 0 and m.matches(each, DOCSTRING))]
        return (head[-1] + 1 if head else 0), Position.WITHIN
    if line == "import pytest_asyncio" and "import pytest" in texts:
        return texts.index("import pytest") + 1, Position.WITHIN
    end = next((i for i in range(places[0], len(body)) if not texts[i]), len(body))
    kind = find_kind_of_imports(body, texts, range(places[0], end), line)
    if not kind:
        return (places[0], Position.OWN_BLOCK) if is_standard(line) else (end, Position.LAST_BLOCK)
    later = next((i for i in kind if sort_key(texts[i]) > sort_key(line)), None)
    if later is None:
        return kind[-1] + 1, Position.WITHIN
    return later, Position.FIRST if later == places[0] or begins_block(body[later]) else Position.WITHIN


def find_kind_of_imports(body: Sequence[Statement], texts: Sequence[str], where: range, line: str) -> list[int]:
    """The imports that one belongs to: the standard library's, else the block that pytest is in, else all others."""
    kind = [i for i in where if is_standard(texts[i]) == is_standard(line) and "from ." not in texts[i]]
    blocks: list[list[int]] = []
    for i in kind:
        if not blocks or begins_block(body[i]):
            blocks.append([])
        blocks[-1].append(i)
    return next((each for each in blocks if any("pytest" in texts[i] for i in each)), kind)


def is_standard(line: str) -> bool:
    """Whether an import is one of the standard library."""
    return line.split()[1].partition(".")[0] in sys.stdlib_module_names


def begins_block(statement: Statement) -> bool:
    """Whether there is an empty line above."""
    return any(line.comment is None for line in statement.leading_lines)


def sort_key(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line.split()[1]


def with_blank_line_before(statement: Statement) -> Statement:
    """With an empty line above, two above a definition, where there is none."""
    if statement.leading_lines:
        return statement
    several = isinstance(statement, cst.FunctionDef | cst.ClassDef)
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * (2 if several else 1))


def drop_unused_imports(source: SourceFile, after: cst.Module) -> cst.Module:
    """Without the imports that the file used before and doesn't any more."""
    lost = source.find_lost(after)
    lost = lost & frozenset(Names(after).at_top) if lost else lost
    if not lost:
        return after
    body: list[Statement] = []
    carried: Sequence[cst.EmptyLine] = ()
    carried_first = False
    for each in after.body:
        kept = drop_names(each, lost)
        if kept is None:
            carried = carried or each.leading_lines
            carried_first = not body
            continue
        body.append(pass_lines(carried, kept) if body or not carried_first else start_with(carried, kept))
        carried = ()
    return after.with_changes(body=body)


def start_with(lines: Sequence[cst.EmptyLine], statement: Statement) -> Statement:
    """The statement as the first of the module."""
    comments = [each for each in statement.leading_lines if each.comment]
    return statement.with_changes(leading_lines=[*lines, *comments])


def pass_lines(lines: Sequence[cst.EmptyLine], statement: Statement) -> Statement:
    """The statement with the empty lines and comments of what stood before it."""
    if len(statement.leading_lines) >= len(lines):
        return statement
    return statement.with_changes(leading_lines=lines)


def drop_names(statement: Statement, lost: frozenset[str]) -> Statement | None:
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
