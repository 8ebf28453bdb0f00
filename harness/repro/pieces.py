"""What can be dropped from a suite, piece by piece, and the suite without some of it.

Python files are changed by libcst, which keeps how they are written; lines of other files are pieces of their own. A
result that is no Python any more is none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Content = Mapping[str, bytes]
Piece = tuple[str, int]
"""A file, and a number within it; -1 for the whole file."""

WHOLE = -1
FEW = "2"
"""What larger numbers become: two tests are the fewest that can share something."""

DEEPEST = 6
"""Levels of statements that are looked at."""

_BLOCKS = (cst.If, cst.With, cst.Try, cst.For, cst.While)
_STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
_BLANK = re.compile(r"\n{4,}")
_BLANK_AT_TOP = re.compile(r"(?<=:\n)\n+(?=[ \t])")


class Stage(StrEnum):
    """Which pieces, in the order in which they are dropped."""

    FILES = "files"
    TESTS = "tests"
    DEFINITIONS = "definitions"
    STATEMENTS = "statements"
    BLOCKS = "blocks"
    PARTS = "parts"
    NUMBERS = "numbers"
    LINES = "lines"
    COMMENTS = "comments"


_KINDS: dict[Stage, tuple[type[cst.CSTNode], ...]] = {
    Stage.DEFINITIONS: (cst.FunctionDef, cst.ClassDef),
    Stage.PARTS: (cst.Decorator, cst.Param, cst.Arg, cst.Element, cst.DictElement, cst.ImportAlias, cst.Annotation),
    Stage.COMMENTS: (cst.Comment,),
}


def list_pieces(content: Content, stage: Stage, level: int = 0) -> list[Piece]:
    """Those of a stage; `level` is how deep statements are nested."""
    if stage is Stage.FILES:
        return [(path, WHOLE) for path in sorted(content)]
    return [(path, number) for path in sorted(content) for number in range(_count(path, content[path], stage, level))]


def drop_pieces(content: Content, stage: Stage, pieces: Collection[Piece], level: int = 0) -> Content | None:
    """The suite without these pieces; None where that leaves no Python, or changes nothing."""
    by_file: dict[str, set[int]] = {}
    for path, number in pieces:
        by_file.setdefault(path, set()).add(number)
    changed = dict(content)
    for path, numbers in by_file.items():
        if numbers == {WHOLE}:
            del changed[path]
            continue
        text = _drop(path, content[path], stage, frozenset(numbers), level)
        if text is None:
            return None
        changed[path] = text
    return changed if changed != content else None


def name_definition(node: cst.CSTNode) -> str:
    """The name of a function or class; empty for anything else."""
    return node.name.value if isinstance(node, cst.FunctionDef | cst.ClassDef) else ""


def list_test_names(content: Content) -> dict[Piece, str]:
    """Every piece of the stage `tests` by the end of its tests' ids: `test_a.py::TestB::test_c`."""
    found = {}
    for path in sorted(content):
        module = _parse(content[path]) if path.endswith(".py") else None
        if module is not None:
            finder = _PieceFinder(Stage.TESTS, 0)
            module.visit(finder)
            found.update({(path, number): f"{path}::{name}" for number, name in enumerate(finder.names)})
    return found


def find_nodes(path: str, data: bytes, stage: Stage) -> tuple[cst.CSTNode, ...]:
    """The nodes of a file that are pieces of a stage, in the order of their numbers."""
    module = _parse(data) if path.endswith(".py") else None
    return _find(module, stage, 0) if module is not None else ()


def tidy(content: Content) -> Content:
    """Without rows of blank lines and those at the ends of files."""
    return {path: _tidy_text(data) if path.endswith(".py") else data for path, data in content.items()}


def _tidy_text(data: bytes) -> bytes:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    text = _BLANK.sub("\n\n\n", _BLANK_AT_TOP.sub("", text)).strip("\n")
    return f"{text}\n".encode() if text else b""


def _count(path: str, data: bytes, stage: Stage, level: int) -> int:
    if not path.endswith(".py"):
        return len(_split_lines(data)) if stage is Stage.LINES else 0
    module = _parse(data)
    return len(_find(module, stage, level)) if module is not None else 0


def _drop(path: str, data: bytes, stage: Stage, numbers: frozenset[int], level: int) -> bytes | None:
    if not path.endswith(".py"):
        return b"".join(line for number, line in enumerate(_split_lines(data)) if number not in numbers)
    module = _parse(data)
    assert module is not None, "its pieces were listed"
    nodes = _find(module, stage, level)
    try:
        changed = module.visit(_Dropper({id(nodes[number]) for number in numbers}, unwraps=stage is Stage.BLOCKS))
        text = changed.bytes
        ast.parse(text)
    except (SyntaxError, ValueError, cst.CSTValidationError, TypeError):
        return None
    return text


def _split_lines(data: bytes) -> list[bytes]:
    """None for what is no text, which is dropped whole or not at all."""
    return data.splitlines(keepends=True) if b"\0" not in data else []


@lru_cache(maxsize=512)
def _parse(data: bytes) -> cst.Module | None:
    try:
        return cst.parse_module(data)
    except (cst.ParserSyntaxError, SyntaxError, UnicodeDecodeError, LookupError, RecursionError):
        return None


@lru_cache(maxsize=512)
def _find(module: cst.Module, stage: Stage, level: int) -> tuple[cst.CSTNode, ...]:
    finder = _PieceFinder(stage, level)
    module.visit(finder)
    return tuple(finder.nodes)


class _PieceFinder(cst.CSTVisitor):
    """Collects the nodes of a stage, in the order of the source."""

    def __init__(self, stage: Stage, level: int) -> None:
        super().__init__()
        self.nodes: list[cst.CSTNode] = []
        self.names: list[str] = []
        self._stage = stage
        self._level = level
        self._depth = 0
        self._around: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self._is_wanted(node):
            self.nodes.append(node)
            self.names.append("::".join([*self._around, name_definition(node)]))
        if isinstance(node, cst.IndentedBlock):
            self._depth += 1
        if name := name_definition(node):
            self._around.append(name)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.IndentedBlock):
            self._depth -= 1
        if name_definition(original_node):
            self._around.pop()

    def _is_wanted(self, node: cst.CSTNode) -> bool:
        match self._stage:
            case Stage.TESTS:
                return name_definition(node).lower().startswith("test") or _is_test_case(node)
            case Stage.STATEMENTS:
                return self._depth == self._level and isinstance(node, _STATEMENTS)
            case Stage.BLOCKS:
                return isinstance(node, (*_BLOCKS, cst.ClassDef)) and isinstance(node.body, cst.IndentedBlock)
            case Stage.NUMBERS:
                return isinstance(node, cst.Integer) and node.evaluated_value > int(FEW)
            case stage:
                return isinstance(node, _KINDS.get(stage, ()))


def _is_test_case(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.ClassDef) and any("TestCase" in write_node(base.value) for base in node.bases)


def write_node(node: cst.CSTNode) -> str:
    """Its text."""
    return cst.Module(body=[]).code_for_node(node)


def _close_list(before: cst.CSTNodeT, after: cst.CSTNodeT) -> cst.CSTNodeT:
    """Without the comma that stood before what was the last one of a list."""
    for name in ("args", "elements", "params", "names"):
        old, new = getattr(before, name, ()), getattr(after, name, ())
        if not (isinstance(old, tuple | list) and isinstance(new, tuple | list)) or len(new) in (0, len(old)):
            continue
        if isinstance(old[-1].comma, cst.Comma) or (isinstance(after, cst.Tuple) and len(new) == 1):
            continue
        last = new[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return after.with_changes(**{name: (*new[:-1], last)})
    return after


class _Dropper(cst.CSTTransformer):
    """Drops chosen nodes. Of a block, and with `unwraps` of a class, what is in it stays; of a number, `FEW`."""

    def __init__(self, chosen: Collection[int], *, unwraps: bool) -> None:
        super().__init__()
        self._chosen = chosen
        self._unwraps = unwraps

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        if id(original_node) not in self._chosen:
            return _close_list(original_node, updated_node)
        if isinstance(updated_node, cst.Integer):
            return updated_node.with_changes(value=FEW)
        if self._unwraps and isinstance(updated_node, cst.ClassDef):
            return cst.FlattenSentinel([_make_function(one) for one in updated_node.body.body])  # type: ignore[misc, arg-type]
        if isinstance(updated_node, _BLOCKS):
            return cst.FlattenSentinel(updated_node.body.body)  # type: ignore[arg-type]
        return cst.RemoveFromParent()


def _make_function(node: cst.BaseStatement) -> cst.BaseStatement:
    """A method without its `self`; anything else as it is."""
    if not isinstance(node, cst.FunctionDef) or not node.params.params:
        return node
    first, *others = node.params.params
    if first.name.value not in ("self", "cls"):
        return node
    return node.with_changes(params=node.params.with_changes(params=others))


def iterate_levels(stage: Stage) -> Iterator[int]:
    """The levels that a stage is gone through at."""
    yield from range(DEEPEST) if stage is Stage.STATEMENTS else (0,)
