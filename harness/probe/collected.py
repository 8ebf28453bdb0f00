"""Test modules imported before the fork, for suites that differ in their conftest file only, as most cells do.

That is as good as what pytest does later where a test module does nothing at its import but to import what is there
already and to define tests, and where no conftest file says what is collected.
"""

from __future__ import annotations

import ast
import os
import sys
import threading
import warnings
from typing import Any, Dict, Iterator, Tuple

import pytest

from . import adapter

CONFTEST = "conftest.py"

DECIDING = (b"collect", b"pytest_plugins")
"""What a conftest file holds that may have a say in what is collected."""

Files = Tuple[Tuple[str, bytes], ...]


def read_files(folder: str) -> Files:
    """All files in and below `folder` with their contents, of the conftest file only the name.

    Empty where test modules can't be imported ahead: conftest files may decide about them, or lie beside them, or this
    pytest has no directories that collect.
    """
    if not hasattr(pytest, "Directory"):
        return ()
    found: Dict[str, bytes] = {}  # noqa: UP006 - for Python 3.8
    for path in _list_files(folder):
        if not os.path.isfile(path):  # noqa: PTH113 - a pipe could be waited at for ever
            return ()
        with open(path, "rb") as stream:  # noqa: PTH123 - before each fork
            found[path] = stream.read()
    conftest = os.path.join(folder, CONFTEST)  # noqa: PTH118
    if any(word in found.get(conftest, b"") for word in DECIDING):
        return ()
    if any(path.endswith(CONFTEST) and path != conftest for path in found):
        return ()
    if conftest in found:
        found[conftest] = b""
    return tuple(sorted(found.items()))


def _list_files(folder: str) -> Iterator[str]:
    for above, _, files in os.walk(folder):
        for name in files:
            yield os.path.join(above, name)  # noqa: PTH118


class Collected:
    """The directories of a session with their test modules. The child makes the tests."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._root: Any = None
        self._collectors: list[Any] = []
        self._modules: list[str] = []

    def collect(self, files: Files) -> bool:
        """Collect what is there now; False where only pytest can do that faithfully, or the process has changed.

        The folders at least; the test modules are imported if that changes nothing but them.
        """
        imports = all(_only_defines(content) for path, content in files if path.endswith(".py"))
        before = set(sys.modules)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                session = self._session
                self._root = session.config.hook.pytest_collect_directory(path=session.config.rootpath, parent=session)
                self._keep(self._root)
                if imports:
                    for collector in self._collectors:
                        collector.obj  # noqa: B018 - imports it
                    self._modules = [name for name in sys.modules if name not in before]
                    adapter.skip_fixtures(session, self._collectors, self._holds_no_fixtures)
            except BaseException:  # noqa: BLE001 - a suite may skip or exit there, too
                return False
        return bool(self._collectors) and not caught and threading.active_count() == 1

    def _keep(self, directory: Any) -> None:
        """Let a directory and those below keep what they collect."""
        children = list(directory.collect())
        directory.collect = lambda: children
        for child in children:
            if isinstance(child, pytest.Module):
                self._collectors.append(child)
            elif isinstance(child, pytest.Directory):
                self._keep(child)

    def _holds_no_fixtures(self, holder: Any) -> bool:
        """Whether it is one of the modules, or an instance of a class of theirs: they define no fixtures."""
        return holder in self._collectors or type(holder).__module__ in self._modules

    def find(self, path: Any) -> Any:
        """The directory that was collected, if it is this one."""
        return self._root if self._root is not None and path == self._root.path else None

    def follow_conftest(self) -> None:
        """Let test modules be those imported last, as they are otherwise: they are the first to go at the end."""
        for name in self._modules:
            sys.modules[name] = sys.modules.pop(name)


def _only_defines(source: bytes) -> bool:
    """Whether a module does nothing at its import but to import what is there already and to define tests."""
    try:
        return all(map(_is_harmless, ast.parse(source).body))
    except (SyntaxError, ValueError):
        return False


def _is_harmless(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return all(alias.name in sys.modules for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        known = vars(sys.modules.get(statement.module or "", object)) if not statement.level else {}
        return statement.module == "__future__" or all(alias.name in known for alias in statement.names)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
        return all(map(_is_mark, statement.decorator_list)) and not any(map(_calls, defaults))
    if isinstance(statement, ast.ClassDef):
        bases = [*statement.bases, *statement.keywords]
        return all(map(_is_mark, statement.decorator_list)) and not bases and all(map(_is_harmless, statement.body))
    if isinstance(statement, ast.Assign):
        names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        return names == ["pytestmark"] and _is_mark(statement.value)
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_mark(node: ast.expr) -> bool:
    """Whether it is `pytest.mark.NAME`, called or not, or a list of such."""
    if isinstance(node, ast.List):
        return all(map(_is_mark, node.elts))
    name = node
    if isinstance(node, ast.Call):
        if any(map(_calls, [*node.args, *(keyword.value for keyword in node.keywords)])):
            return False
        name = node.func
    names = []
    while isinstance(name, ast.Attribute):
        names.append(name.attr)
        name = name.value
    return isinstance(name, ast.Name) and [name.id, *names[1:]] == ["pytest", "mark"]


def _calls(node: ast.expr) -> bool:
    return any(isinstance(each, (ast.Call, ast.Await, ast.NamedExpr)) for each in ast.walk(node))
