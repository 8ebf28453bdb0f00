"""Test modules imported before the fork, for suites that differ in their conftest file only, as most cells do.

That is as good as what pytest does later where a test module does nothing at its import but to import what is there
already and to define tests, and where no conftest file says what is collected or changes what is imported.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from typing import Any, Dict, Iterator, Tuple

import pytest

from . import adapter
from .harmless import Imports, parse

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
        self._imports: Imports | None = None
        self._paths: list[list[str]] = []  # `sys.path` before the test modules are imported, and after

    def collect(self, files: Files) -> bool:
        """Collect what is there now; False where only pytest can do that faithfully, or the process has changed.

        The folders at least; the test modules are imported if that changes nothing but them.
        """
        trees = parse(content for path, content in files if path.endswith(".py"))
        before, path = set(sys.modules), list(sys.path)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                session = self._session
                self._root = session.config.hook.pytest_collect_directory(path=session.config.rootpath, parent=session)
                self._keep(self._root)
                if trees is not None:
                    self._imports = Imports(trees)
                    for collector in self._collectors:
                        collector.obj  # noqa: B018 - imports it
                    self._modules = [name for name in sys.modules if name not in before]
                    self._paths = [path, list(sys.path)]
                    if not adapter.skip_fixtures(session, self._collectors, self._holds_no_fixtures):
                        return False
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

    def step_back(self) -> None:
        """Let conftest files find `sys.path` without the folders of test modules."""
        if self._imports is not None:
            sys.path[:] = self._paths[0]

    def follow_conftest(self) -> bool:
        """Let test modules be those imported last, as they are otherwise: they are the first to go at the end.

        False where conftest files have changed what test modules would import by now.
        """
        if self._imports is None:
            return True
        before, after = self._paths
        if sys.path != before or not self._imports.are_current():
            return False
        sys.path[:] = after
        for name in self._modules:
            sys.modules[name] = sys.modules.pop(name)
        return True
