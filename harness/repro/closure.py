"""A few tests of a suite and what they use, as far as names tell without running anything.

It is a guess that a run confirms: whoever uses it tries the suite as it was, where the guess leaves too little.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst
import msgspec

from harness.repro.pieces import Piece, Stage, drop_pieces, find_nodes, list_test_names, name_definition, write_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.repro.pieces import Content

_WORD = re.compile(r"\w+")
_ALWAYS = re.compile(r"pytest|set_?up|tear_?down", re.IGNORECASE)
"""What pytest calls or reads by its name."""

_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")


class _Unit(msgspec.Struct, frozen=True):
    """A statement of a module."""

    piece: Piece
    names: frozenset[str]  # that it binds
    words: frozenset[str]  # that it mentions
    needed: bool  # whoever mentions it
    imports: bool  # its names are for its own file


def keep_tests(content: Content, tests: Collection[str]) -> Content | None:
    """Without all tests but these. None where all would stay, or none is known."""
    names = list_test_names(content)
    wanted = {test.partition("[")[0] for test in tests}
    others = [piece for piece, name in names.items() if not any(_belongs(one, name) for one in wanted)]
    if not wanted or len(others) == len(names):
        return None
    return drop_pieces(content, Stage.TESTS, others)


def _belongs(test: str, name: str) -> bool:
    """Whether a test is this one, or in this class."""
    return test == name or test.startswith(f"{name}::") or name.startswith(f"{test}::")


def keep_used(content: Content) -> Content | None:
    """Without the statements of modules that no test needs, and the files of tests that have none left.

    None where nothing can go.
    """
    units = [unit for path, data in content.items() for unit in _list_units(path, data)]
    used = _find_used(units)
    unused = [unit.piece for unit in units if unit not in used]
    left = drop_pieces(content, Stage.STATEMENTS, unused) if unused else dict(content)
    if left is None:
        return None
    alive = {unit.piece[0] for unit in used}
    kept = {path: data for path, data in left.items() if path in alive or not _TEST_FILE.search(path)}
    return kept if kept != content else None


def _list_units(path: str, data: bytes) -> Iterator[_Unit]:
    for number, node in enumerate(find_nodes(path, data, Stage.STATEMENTS)):
        names = frozenset(_list_bound(node))
        words = frozenset(_WORD.findall(write_node(node)))
        yield _Unit(
            piece=(path, number),
            names=names,
            words=words,
            needed=_is_needed(node, names, words),
            imports=_is_import(node),
        )


def _is_import(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Import | cst.ImportFrom)


def _is_needed(node: cst.CSTNode, names: frozenset[str], words: frozenset[str]) -> bool:
    """Tests, what applies to all of them, and statements that do something else than to bind a name."""
    if any(name.lower().startswith("test") or _ALWAYS.match(name) for name in names) or "autouse" in words:
        return True
    return not names and not _is_docstring(node)


def _is_docstring(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.SimpleString)
    )


def _list_bound(node: cst.CSTNode) -> Iterator[str]:
    """The names that a statement binds, fixtures by their own names too. None for what isn't understood."""
    if name := name_definition(node):
        yield name
        for decorator in getattr(node, "decorators", ()):
            yield from re.findall(r"""\bname\s*=\s*["'](\w+)""", write_node(decorator))
    elif isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        match node.body[0]:
            case cst.Import(names=aliases) | cst.ImportFrom(names=[*aliases]):
                for alias in aliases:
                    yield write_node(alias.asname.name) if alias.asname else write_node(alias.name).partition(".")[0]
            case cst.Assign(targets=targets) if all(isinstance(one.target, cst.Name) for one in targets):
                yield from (write_node(one.target) for one in targets)
            case cst.AnnAssign(target=cst.Name(value=name)):
                yield name


def _find_used(units: Collection[_Unit]) -> set[_Unit]:
    """Those that are needed, and what they mention, and so on."""
    used: set[_Unit] = set()
    fresh = {unit for unit in units if unit.needed}
    while fresh:
        used |= fresh
        everywhere = {word for unit in used for word in unit.words}
        by_file: dict[str, set[str]] = {}
        for unit in used:
            by_file.setdefault(unit.piece[0], set()).update(unit.words)
        fresh = {
            unit
            for unit in units
            if unit not in used and unit.names & (by_file.get(unit.piece[0], set()) if unit.imports else everywhere)
        }
    return used
