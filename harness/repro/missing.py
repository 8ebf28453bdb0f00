"""What a suite uses and nothing in it provides: dropping its provider breaks it, which needs no run to find out.

Names of modules, fixtures, and what is imported from files of the suite. Much is provided from elsewhere, so only what
the whole suite does not lack already tells something.
"""

from __future__ import annotations

import ast
import builtins
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ELSEWHERE = frozenset({"event_loop", "event_loop_policy", "anyio_backend"})
"""Fixtures that a plugin provides once the suite doesn't override them."""

_BUILTIN = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__class__"}


class _Names(msgspec.Struct, frozen=True):
    """What one file uses and provides."""

    undefined: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    imported: frozenset[tuple[str, str]] = frozenset()  # (module, name)
    requested: frozenset[str] = frozenset()  # fixtures
    provided: frozenset[str] = frozenset()


def list_missing(content: Mapping[str, bytes]) -> frozenset[tuple[str, str]]:
    """Pairs of where it is missed, and its name."""
    files = {path: _read_names(data) for path, data in content.items() if path.endswith(".py")}
    provided = frozenset().union(*(one.provided for one in files.values()), ELSEWHERE)
    found = {(path, name) for path, one in files.items() for name in one.undefined}
    found |= {("", name) for one in files.values() for name in one.requested - provided}
    imported = {pair for one in files.values() for pair in one.imported}
    return frozenset(found | {pair for pair in imported if not _is_importable(*pair, files)})


def _is_importable(module: str, name: str, files: Mapping[str, _Names]) -> bool:
    """Whether a file of the suite provides it."""
    stem = module.replace(".", "/")
    for path, one in files.items():
        within = f"/{path}"
        if within.endswith((f"/{stem}/{name}.py", f"/{stem}/{name}/__init__.py")):
            return True
        if within.endswith((f"/{stem}.py", f"/{stem}/__init__.py")) and name in {*one.bound, "*"}:
            return True
    return False


@lru_cache(maxsize=4096)
def _read_names(data: bytes) -> _Names:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return _Names()
    nodes = list(ast.walk(tree))
    bound = frozenset(name for node in nodes for name in _list_bound(node))
    loaded = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    fixtures = [(one, text) for one in functions if "fixture" in (text := _write_decorators(one))]
    asking = [*(one for one, _ in fixtures), *(one for one in functions if one.name.lower().startswith("test"))]
    return _Names(
        undefined=frozenset() if "*" in bound else frozenset(loaded - bound - _BUILTIN),
        bound=bound,
        imported=frozenset(
            (node.module, alias.name)
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module and not node.level
            for alias in node.names
        ),
        requested=frozenset(argument.arg for one in asking for argument in one.args.args) - {"self", "cls"},
        provided=frozenset(
            {one.name for one, _ in fixtures}
            | {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        ),
    )


def _write_decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return " ".join(map(ast.unparse, node.decorator_list))


def _list_bound(node: ast.AST) -> Iterator[str]:
    """The names that a node binds, wherever they hold."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
