"""What a suite uses as soon as pytest imports it: modules, variables, fixtures and marks, read from its code.

Nothing of it is executed. Read are the tests, the conftest files, and what they import of the suite's own modules.
"""

from __future__ import annotations

import ast
import posixpath
import sys
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from harness.requirements.plugins import list_settings_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Places = dict[str, str]  # name → where it is used first: "tests/test_cart.py:4"

SOURCES = ("src", "lib", "python")
"""Folders in which projects keep their code, apart from the top."""

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception"})


class Uses(msgspec.Struct, frozen=True, kw_only=True):
    """Each with the place where it is used first."""

    modules: Places  # dotted names, without the standard library and the suite's own
    variables: Places  # without those that the suite sets itself
    fixtures: Places  # names of arguments that no fixture of the suite has
    marks: Places
    settings: dict[str, tuple[str, ...]]  # class of pydantic settings → the variables that it can't do without


LARGEST = 2_000_000
"""Bytes of a file that is still read: larger ones are generated, and take minutes."""


def read_uses(content: Mapping[str, bytes]) -> Uses:
    """What the suite of these files uses. Files that can't be parsed are left out: pytest says why."""
    reader = UsesReader(content)
    waiting = deque(sorted(path for path in content if _is_test_file(path)))
    for module in list_settings_modules(content):
        waiting.extend(reader.find_files(module))
    seen = set(waiting)
    while waiting:
        path = waiting.popleft()
        for imported in reader.read(path):
            if imported not in seen:
                seen.add(imported)
                waiting.append(imported)
    return Uses(
        modules=reader.modules,
        variables={name: place for name, place in reader.variables.items() if name not in reader.given},
        fixtures={name: place for name, place in reader.arguments.items() if name not in reader.fixtures},
        marks=reader.marks,
        settings=reader.settings,
    )


def find_own_module(content: Iterable[str], module: str) -> str | None:
    """The folder of the suite below which a module is, that pytest or an installation has to be pointed to."""
    name = module.partition(".")[0]
    found = [
        path.removesuffix(ending)
        for path in content
        for ending in (f"{name}/__init__.py", f"{name}.py")
        if path == ending or path.endswith(f"/{ending}")
    ]
    return min((path.rstrip("/") for path in found), key=lambda path: (path.count("/"), path), default=None)


def _is_test_file(path: str) -> bool:
    name = posixpath.basename(path)
    return name == "conftest.py" or (name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")))


class UsesReader:
    """Collects what the files use, one after another."""

    def __init__(self, content: Mapping[str, bytes]) -> None:
        self._content = content
        self._roots = list_import_roots(content)
        self._folders = {posixpath.dirname(path) for path in content if path.endswith(".py")}
        self.modules: Places = {}
        self.variables: Places = {}
        self.given: set[str] = set()
        self.arguments: Places = {}
        self.fixtures: set[str] = set()
        self.marks: Places = {}
        self.settings: dict[str, tuple[str, ...]] = {}

    def find_files(self, module: str) -> list[str]:
        """The suite's own files that are executed to import `a.b.c`."""
        return [file for root in self._roots for file in self._list_files(root, module.replace(".", "/"))]

    def read(self, path: str) -> Iterator[str]:
        """Take one file in; yields the suite's own files that it imports."""
        data = self._content[path]
        if len(data) > LARGEST:
            return
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        package = posixpath.dirname(path)
        for node in _walk_import_time(tree.body):
            for module, whole in _list_imported(node, package):
                own = [file for root in self._roots for file in self._list_files(root, module)]
                yield from own
                if whole and not own:
                    self._add_module(module.replace("/", "."), f"{path}:{node.lineno}")
            self._read_variables(node, path)
            if isinstance(node, ast.ClassDef):
                self._read_settings(node)
        self._read_tests(tree, path)

    def _add_module(self, module: str, place: str) -> None:
        """Take in a module that isn't found where the suite's own are looked for."""
        top = module.partition(".")[0]
        own = any(posixpath.basename(folder) == top for folder in self._folders)
        if not own and top not in sys.stdlib_module_names and find_own_module(self._content, top) is None:
            self.modules.setdefault(module, place)

    def _list_files(self, root: str, module: str) -> list[str]:
        """The files that are executed to import `a/b/c` below `root`, those of the packages that it is in included."""
        parts = module.split("/")
        found = []
        for length in range(1, len(parts) + 1):
            base = posixpath.join(root, *parts[:length])
            found += [file for file in (f"{base}/__init__.py", f"{base}.py") if file in self._content]
        return found

    def _read_variables(self, node: ast.stmt, path: str) -> None:
        for part in _walk_expressions(node):
            if isinstance(part, ast.Subscript) and _is_environ(part.value) and isinstance(part.slice, ast.Constant):
                name = part.slice.value
                if isinstance(name, str) and isinstance(part.ctx, ast.Load):
                    self.variables.setdefault(name, f"{path}:{part.lineno}")
                elif isinstance(name, str):
                    self.given.add(name)
            elif isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.Constant):
                name = part.args[0].value
                if not isinstance(name, str):
                    continue
                if isinstance(part.func, ast.Attribute) and part.func.attr == "setdefault":
                    if _is_environ(part.func.value):
                        self.given.add(name)
                elif _reads_setting(part):
                    self.variables.setdefault(name, f"{path}:{part.lineno}")

    def _read_settings(self, node: ast.ClassDef) -> None:
        """A class of pydantic settings: fields without a value are variables that have to be there."""
        if not any(ast.unparse(base).endswith("BaseSettings") for base in node.bases):
            return
        prefix = next(
            (
                str(keyword.value.value)
                for part in ast.walk(node)
                if isinstance(part, ast.Call)
                for keyword in part.keywords
                if keyword.arg == "env_prefix" and isinstance(keyword.value, ast.Constant)
            ),
            "",
        )
        self.settings[node.name] = tuple(
            f"{prefix}{part.target.id}".upper()
            for part in node.body
            if isinstance(part, ast.AnnAssign) and part.value is None and isinstance(part.target, ast.Name)
        )

    def _read_tests(self, tree: ast.Module, path: str) -> None:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                fixture = any("fixture" in ast.unparse(one) for one in node.decorator_list)
                if fixture:
                    self.fixtures.add(_find_fixture_name(node))
                if fixture or (node.name.startswith("test") and _is_test_file(path)):
                    for argument in node.args.args + node.args.kwonlyargs:
                        self.arguments.setdefault(argument.arg, f"{path}:{node.lineno}")
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark":
                self.marks.setdefault(node.attr, f"{path}:{node.lineno}")
            elif isinstance(node, ast.Assign) and "fixture" in ast.unparse(node.value):
                self.fixtures.update(one.id for one in node.targets if isinstance(one, ast.Name))


def list_import_roots(content: Mapping[str, bytes]) -> tuple[str, ...]:
    """The folders that modules of the suite are imported from."""
    roots = dict.fromkeys(("", *SOURCES))
    for path in content:
        if _is_test_file(path):
            folder = posixpath.dirname(path)
            while folder and f"{folder}/__init__.py" in content:
                folder = posixpath.dirname(folder)
            roots[folder] = None
    return tuple(roots)


def _walk_import_time(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported; not those that may fail, and not those for type checkers."""
    for node in body:
        yield node
        match node:
            case ast.If():
                if "TYPE_CHECKING" not in ast.unparse(node.test):
                    yield from _walk_import_time([*node.body, *node.orelse])
            case ast.Try():
                if not any(_catches_import_error(handler) for handler in node.handlers):
                    yield from _walk_import_time(node.body)
                yield from _walk_import_time([*node.orelse, *node.finalbody])
            case ast.With() | ast.For() | ast.While() | ast.ClassDef():
                yield from _walk_import_time(node.body)
            case _:
                pass


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    names = {part.id for part in ast.walk(handler.type) if isinstance(part, ast.Name)} if handler.type else set()
    return handler.type is None or bool(names & (_IMPORT_ERRORS | {"KeyError"}))


def _list_imported(node: ast.stmt, package: str) -> Iterator[tuple[str, bool]]:
    """Modules as paths, `a/b`; false where it is one only if the suite has such a file."""
    if isinstance(node, ast.Import):
        yield from ((alias.name.replace(".", "/"), True) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        folder = package
        for _ in range(node.level - 1):
            folder = posixpath.dirname(folder)
        module = posixpath.join(folder if node.level else "", (node.module or "").replace(".", "/"))
        yield module, not node.level
        yield from ((posixpath.join(module, alias.name), False) for alias in node.names)


def _walk_expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of one statement that are evaluated with it, without those of statements in it."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts: list[ast.AST] = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    elif isinstance(node, ast.ClassDef):
        parts = [*node.decorator_list, *node.bases, *node.keywords]
    elif isinstance(node, (ast.If, ast.While)):
        parts = [node.test]
    elif isinstance(node, (ast.With, ast.For, ast.Try)):
        parts = []
    else:
        parts = [node]
    for part in parts:
        for each in ast.walk(part):
            if not isinstance(each, (ast.Lambda,)):
                yield each


def _is_environ(node: ast.AST) -> bool:
    return ast.unparse(node) in ("os.environ", "environ")


def _reads_setting(call: ast.Call) -> bool:
    """`config("X")` of decouple, `env("X")` and `env.str("X")` of environs and django-environ, without a default."""
    if len(call.args) > 1 or any(keyword.arg == "default" for keyword in call.keywords):
        return False
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in ("config", "env")
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "env"


def _find_fixture_name(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    for one in node.decorator_list:
        for keyword in one.keywords if isinstance(one, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return node.name
