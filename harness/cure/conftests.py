"""Cures that are a few lines more in the conftest above all tests."""

from __future__ import annotations

import ast
import posixpath
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.cure.model import Candidate, CandidateKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.catalogue.target import Target
    from harness.cure.model import Content

CONFTEST = "conftest.py"

_MARK_ALL = '''\
def pytest_collection_modifyitems(items):
    """Run all async tests on one loop of the session."""
    for item in items:
        if pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio({scope}="session"), append=False)
'''
_SESSION_LOOP = '''\
@pytest.fixture(scope="session")
def event_loop():
    """One loop for all tests and fixtures of the session."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()
'''
_POLICY = '''\
@pytest.fixture(scope="session")
def event_loop_policy():
    """{why}"""
    return asyncio.{policy}()
'''
_FACTORY = '''\
def pytest_asyncio_loop_factories(config, item):
    """Run all async tests and fixtures on selector loops."""
    return {"selector": asyncio.SelectorEventLoop}
'''


@dataclass(frozen=True, kw_only=True)
class ConftestAddition:
    """A function for a conftest, and what it needs imported."""

    name: str
    title: str
    function: str  # that it defines
    code: str
    imports: tuple[str, ...]


def list_conftests(content: Content, target: Target) -> tuple[Candidate, ...]:
    """The additions that these versions know, and that the conftest has nothing of that name for yet."""
    return tuple(
        Candidate(
            name=one.name, title=one.title, kind=CandidateKind.CONFTEST, change=partial(add_to_conftest, addition=one)
        )
        for one in _list_additions(content, target)
    )


def _list_additions(content: Content, target: Target) -> Iterator[ConftestAddition]:
    if target.meets("pytest-asyncio>=0.23"):
        yield ConftestAddition(
            name="mark_all_session",
            title="mark all async tests for one loop of the session, by a hook in conftest.py",
            function="pytest_collection_modifyitems",
            code=_MARK_ALL.format(scope="loop_scope" if target.meets("pytest-asyncio>=0.24") else "scope"),
            imports=("pytest", "pytest_asyncio"),
        )
    if target.meets("pytest-asyncio<1.0"):
        yield ConftestAddition(
            name="session_event_loop",
            title="one event loop for all, by an `event_loop` fixture of the session in conftest.py",
            function="event_loop",
            code=_SESSION_LOOP,
            imports=("asyncio", "pytest"),
        )
    if target.platform == "win32":
        yield from _list_selector_loops(target)
    elif any(b"uvloop" in data for path, data in content.items() if path.endswith(".py")):
        yield from _list_policies("DefaultEventLoopPolicy", "Run async tests on asyncio's own loops.", target)


def _list_selector_loops(target: Target) -> Iterator[ConftestAddition]:
    if target.meets("pytest-asyncio>=1.4"):
        yield ConftestAddition(
            name="selector_loop_factory",
            title="run async tests on selector loops, by a hook in conftest.py",
            function="pytest_asyncio_loop_factories",
            code=_FACTORY,
            imports=("asyncio",),
        )
    else:
        yield from _list_policies("WindowsSelectorEventLoopPolicy", "Run async tests on selector loops.", target)


def _list_policies(policy: str, why: str, target: Target) -> Iterator[ConftestAddition]:
    if target.meets("pytest-asyncio>=0.23"):
        yield ConftestAddition(
            name="loop_policy",
            title=f"use asyncio's {policy} for async tests, by a fixture in conftest.py",
            function="event_loop_policy",
            code=_POLICY.format(policy=policy, why=why),
            imports=("asyncio", "pytest"),
        )


def add_to_conftest(content: Content, addition: ConftestAddition) -> Content | None:
    """The files with the addition in the conftest above all tests; None where that can't be read or has one already."""
    path = find_conftest(content)
    source = content.get(path, b"")
    try:
        text = source.decode()
        tree = ast.parse(text)
    except (UnicodeDecodeError, SyntaxError, ValueError):
        return None
    if any(addition.function == name for node in tree.body for name in _list_bound(node)):
        return None
    changed = _add_imports(text, tree, addition.imports)
    gap = "\n\n\n" if changed.strip() else ""
    changed = f"{changed.rstrip()}{gap}{addition.code}"
    if "\r\n" in text:
        changed = changed.replace("\r\n", "\n").replace("\n", "\r\n")
    return {**content, path: changed.encode()}


def find_conftest(content: Content) -> str:
    """The nearest conftest above all test files; one beside them that isn't there yet where there is none."""
    folder = posixpath.commonpath([f"/{posixpath.dirname(path)}" for path in content if is_test_file(path)] or ["/"])
    place = folder
    while True:
        path = posixpath.join(place, CONFTEST).lstrip("/")
        if path in content:
            return path
        if place == "/":
            return posixpath.join(folder, CONFTEST).lstrip("/")
        place = posixpath.dirname(place)


def is_test_file(path: str) -> bool:
    """Whether pytest looks for tests there by default."""
    name = posixpath.basename(path)
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _list_bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (one.id for one in node.targets if isinstance(one, ast.Name))


def _add_imports(text: str, tree: ast.Module, modules: Sequence[str]) -> str:
    """The text with `import …` for each module that isn't imported under its own name, in its alphabetical place."""
    bound = {name for node in tree.body for name in _list_bound(node)}
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    places = sorted((_find_import_place(tree, module), module) for module in set(modules) - bound)
    for at, module in reversed(places):
        lines.insert(at, f"import {module}\n")
        if module in sys.stdlib_module_names and "".join(lines[at + 1 :]).startswith(("import pytest", "from pytest")):
            lines.insert(at + 1, "\n")
    return "".join(lines)


def _find_import_place(tree: ast.Module, module: str) -> int:
    """After how many lines `import module` goes: those of the standard library first."""
    plain = [node for node in tree.body if isinstance(node, ast.Import)]
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    before = [node for node in plain if _get_import_order(node.names[0].name) < _get_import_order(module)]
    if before:
        return before[-1].end_lineno or 0
    if plain:
        return plain[0].lineno - 1
    return _find_after_future(imports) if imports else _find_top(tree)


def _get_import_order(module: str) -> tuple[bool, str]:
    return module.partition(".")[0] not in sys.stdlib_module_names, module


def _find_after_future(imports: Sequence[ast.Import | ast.ImportFrom]) -> int:
    """The line before the first import that isn't of `__future__`."""
    for node in imports:
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            return node.lineno - 1
    return imports[-1].end_lineno or 0


def _find_top(tree: ast.Module) -> int:
    """The line after the module's docstring."""
    first = tree.body[0] if tree.body else None
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or 0) if first is not None and is_docstring else 0
