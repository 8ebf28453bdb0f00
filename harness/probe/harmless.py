"""Which test modules may be imported before their conftest file, and whether that has changed what they import."""

from __future__ import annotations

import ast
import sys
from typing import Iterable, Iterator, List

Trees = List[ast.Module]

PLAIN = (ast.Constant, ast.Name, ast.Tuple, ast.List, ast.Dict, ast.expr_context)
"""What runs no code when it is evaluated, and gives the same whatever a conftest file replaces in a library."""

USED = "from builtins import __import__\nfrom pytest import mark\n"
"""What such test modules use besides what they import."""


def parse(sources: Iterable[bytes]) -> Trees | None:
    """The modules; None where one can't be compiled or isn't harmless.

    It is where it does nothing at its import but to import what is there already and to define tests.
    """
    try:
        trees = [ast.parse(source) for source in sources]
    except (SyntaxError, ValueError):
        return None
    harmless = all(_imports_known(each) or _is_harmless(each) for tree in trees for each in tree.body)
    return trees if harmless else None


class Imports:
    """What test modules import, as it is when this is made."""

    def __init__(self, trees: Trees) -> None:
        names = (name for tree in trees for each in tree.body for name in _list_imports(each))
        lines = (f"{name} as name_{number}\n" for number, name in enumerate(names))
        self._code = compile(USED + "".join(lines), "<imports>", "exec")
        self._found = self._find()

    def are_current(self) -> bool:
        """Whether they would import the same objects by now, in the same way."""
        found = self._find()
        return len(found) == len(self._found) and all(now is then for now, then in zip(found, self._found))

    def _find(self) -> list[object]:
        names: dict[str, object] = {}
        exec(self._code, names)  # noqa: S102 - import statements of what is imported already
        return [*names.values(), *sys.meta_path, *sys.path_hooks]


def _list_imports(statement: ast.stmt) -> Iterator[str]:
    """`import X` or `from X import Y` for each name."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield f"import {alias.name}"
    elif isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
        for alias in statement.names:
            yield f"from {statement.module} import {alias.name}"


def _imports_known(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return all(alias.name in sys.modules for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        known = vars(sys.modules.get(statement.module or "", object)) if not statement.level else {}
        return statement.module == "__future__" or all(alias.name in known for alias in statement.names)
    return False


def _is_harmless(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        asked = statement.name.startswith("__")  # such as `__getattr__`, which pytest asks while it collects
        return not asked and all(map(_is_mark, statement.decorator_list)) and all(map(_is_plain, _evaluated(statement)))
    if isinstance(statement, ast.ClassDef):
        bases = [*statement.bases, *statement.keywords]
        return all(map(_is_mark, statement.decorator_list)) and not bases and all(map(_is_harmless, statement.body))
    if isinstance(statement, ast.Assign):
        names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        return names == ["pytestmark"] and _is_mark(statement.value)
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _evaluated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Its defaults and annotations."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, [given.vararg, given.kwarg])]
    annotations = [function.returns, *(each.annotation for each in arguments)]
    return filter(None, [*given.defaults, *given.kw_defaults, *annotations])


def _is_mark(node: ast.expr) -> bool:
    """Whether it is `pytest.mark.NAME`, called or not, or a list of such."""
    if isinstance(node, ast.List):
        return all(map(_is_mark, node.elts))
    name = node
    if isinstance(node, ast.Call):
        if not all(map(_is_plain, [*node.args, *(keyword.value for keyword in node.keywords)])):
            return False
        name = node.func
    names = []
    while isinstance(name, ast.Attribute):
        names.append(name.attr)
        name = name.value
    return isinstance(name, ast.Name) and [name.id, *names[1:]] == ["pytest", "mark"]


def _is_plain(node: ast.expr) -> bool:
    return all(isinstance(each, PLAIN) for each in ast.walk(node))
