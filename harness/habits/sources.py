"""The suite's modules: parsed once, with what their names stand for. Nothing is imported or executed."""

from __future__ import annotations

import ast
import fnmatch
import posixpath
import warnings
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from harness.habits.libraries import list_libraries
from harness.habits.model import SourcePlace, Undecided
from harness.habits.settings import PytestSettings, read_settings
from harness.suites.uses import LARGEST, list_import_roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OWN = "::"
"""Between a file of the suite and a name in it: `app.py::client`."""

TEST_FILES = ("test_*.py", "*_test.py")
CONFTEST = "conftest.py"
_HOPS = 8
"""Modules that a name is followed through."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class SourceModule:
    """One file. Local names stand for dotted names or for names of the suite's own files."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self.imports: dict[str, str] = {}  # local name → dotted; relative ones made absolute by `Sources`
        self.definitions: dict[str, Definition] = {}
        self.variables: dict[str, ast.expr] = {}  # assigned at the top
        self.stars: list[tuple[str, int]] = []
        self._read(tree.body)

    def _read(self, body: Iterable[ast.stmt]) -> None:
        for node in body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.definitions[node.name] = node
                case ast.Assign(targets=targets, value=value):
                    self.variables |= {one.id: value for one in targets if isinstance(one, ast.Name)}
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self.variables[name] = value
                case ast.If(body=inner, orelse=other):
                    self._read([*other, *inner])
                case ast.Try(body=inner, orelse=other, handlers=handlers):
                    self._read([*(each for one in handlers for each in one.body), *other, *inner])
                case ast.With(body=inner):
                    self._read(inner)
                case _:
                    pass

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Each node's parent."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def find_constant(self, node: ast.expr | None) -> str | None:
        """The text that an expression is: itself, or a name that is one at the top of the module."""
        if isinstance(node, ast.Name):
            node = self.variables.get(node.id)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


class Sources:
    """The tests of a suite, its conftest files, and what they import of its own modules, wherever they import it."""

    def __init__(self, content: Mapping[str, bytes], part: str = "") -> None:
        self.content = content
        self._part = part
        self.settings: PytestSettings = read_settings(content)
        self.modules: dict[str, SourceModule] = {}
        self.broken: list[Undecided] = []
        self.undecided: list[Undecided] = []
        self.plugins: list[str] = []  # files that `pytest_plugins` names
        self._roots = (*list_import_roots(content), *self.settings.split("pythonpath", ()))
        self._files: dict[str, str | None] = {}
        waiting = deque(sorted(one for one in content if self.is_test_file(one) or self.is_loaded_conftest(one)))
        seen = set(waiting)
        while waiting:
            for path in self._load(waiting.popleft()):
                if path not in seen:
                    seen.add(path)
                    waiting.append(path)
        self._spread_stars()

    def is_test_file(self, path: str) -> bool:
        """Whether pytest collects tests from it."""
        patterns = self.settings.split("python_files", TEST_FILES)
        name = posixpath.basename(path)
        if not path.endswith(".py") or self._is_conftest(path):
            return False
        base = posixpath.dirname(self.settings.file)
        named = () if self._part else self.settings.split("testpaths", ())
        roots = [posixpath.normpath(posixpath.join(base, each)) for each in named]
        inside = not roots or any(root in (".", path) or path.startswith(f"{root}/") for root in roots)
        # A folder that `testpaths` doesn't name is collected as soon as somebody names it; only if there is one.
        own = self._part.partition(OWN)[0]
        if own not in ("", ".", path) and not path.startswith(f"{own}/"):
            return False
        known = inside or not any(
            each.startswith(f"{root}/") or each == root for root in roots for each in self.content
        )
        return known and any(fnmatch.fnmatch(name, one) or fnmatch.fnmatch(path, one) for one in patterns)

    def is_loaded_conftest(self, path: str) -> bool:
        """Whether it is a conftest that pytest comes by when it collects the suite, or the part of it."""
        folder = posixpath.dirname(path)
        within = f"{self._part.partition(OWN)[0]}/"
        nested = not folder or within.startswith(f"{folder}/") or f"{folder}/".startswith(within)
        return self._is_conftest(path) and (not self._part or nested)

    def _is_conftest(self, path: str) -> bool:
        return posixpath.basename(path) == CONFTEST

    def _load(self, path: str) -> Iterator[str]:
        """Parse one file; yields the suite's own files that it imports."""
        data = self.content[path]
        if len(data) > LARGEST:
            why = f"it has {len(data):,} bytes; files of more than {LARGEST:,} are not read"
            self.broken.append(Undecided(place=SourcePlace(path, 1), what=path, why=why))
            return
        try:
            with warnings.catch_warnings():  # `"\d"` in a user's file
                warnings.simplefilter("ignore")
                tree = ast.parse(data, path)
        except SyntaxError as error:
            self.broken.append(Undecided(place=SourcePlace(path, error.lineno or 1), what=path, why=f"{error.msg}"))
            return
        except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested too deeply
            self.broken.append(
                Undecided(place=SourcePlace(path, 1), what=path, why=f"{error}" or "it is nested too deeply")
            )
            return
        module = self.modules[path] = SourceModule(path, tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    module.imports[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
                    yield from self._list_own(alias.name)
            elif isinstance(node, ast.ImportFrom):
                source = self._make_absolute(node, path)
                yield from self._list_own(source)
                for alias in node.names:
                    if alias.name == "*":
                        module.stars.append((source, node.lineno))
                    else:
                        module.imports[alias.asname or alias.name] = f"{source}.{alias.name}"
                        yield from self._list_own(f"{source}.{alias.name}")
        yield from self._read_plugins(module)

    def _make_absolute(self, node: ast.ImportFrom, path: str) -> str:
        """`from .app import x` as seen from the top: `tests.app`."""
        if not node.level:
            return node.module or ""
        folder = posixpath.dirname(path)
        for _ in range(node.level - 1):
            folder = posixpath.dirname(folder)
        return ".".join(filter(None, [folder.replace("/", "."), node.module]))

    def _read_plugins(self, module: SourceModule) -> Iterator[str]:
        value = module.variables.get("pytest_plugins")
        if value is None:
            return
        names = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        for one in names:
            text = module.find_constant(one)
            found = self.find_file(text) if text else None
            if found:
                self.plugins.append(found)
                yield found

    def _list_own(self, dotted: str) -> Iterator[str]:
        found = self.find_file(dotted)
        if found:
            yield found

    def find_file(self, dotted: str) -> str | None:
        """The suite's own file that a module is: `tests.app` → `tests/app.py`."""
        if dotted not in self._files:
            # In a library's own project its modules are the suite's own too; how they work inside is not the suite's.
            base = "" if dotted.partition(".")[0] in list_libraries() else dotted.replace(".", "/")
            self._files[dotted] = next(
                (
                    path
                    for root in self._roots
                    for ending in (".py", "/__init__.py")
                    if base and (path := posixpath.join(root, base) + ending) in self.content
                ),
                None,
            )
        return self._files[dotted]

    def _spread_stars(self) -> None:
        """`from x import *`: the names of one's own modules; of others, nobody knows which."""
        for module in self.modules.values():
            for source, line in module.stars:
                other = self.modules.get(self.find_file(source) or "")
                if other is not None:
                    names = {*other.definitions, *other.variables, *other.imports}
                    for name in names:
                        if not name.startswith("_"):
                            module.imports.setdefault(name, f"{source}.{name}")
                elif self.find_file(source) is None and module.path.endswith((CONFTEST,)):
                    why = "the package's names are not known without importing it"
                    what = f"from {source} import *"
                    self.undecided.append(Undecided(place=SourcePlace(module.path, line), what=what, why=why))

    def qualify(self, module: SourceModule, node: ast.expr | str) -> str:
        """What an expression names: `redis.asyncio.Redis`, or `app.py::client` for the suite's own; empty: unknown."""
        if isinstance(node, str):
            return self._qualify_name(module, node, _HOPS)
        if isinstance(node, ast.Name):
            return self._qualify_name(module, node.id, _HOPS)
        if isinstance(node, ast.Attribute):
            base = self.qualify(module, node.value)
            return self.locate(f"{base}.{node.attr}") if base else ""
        return ""

    def _qualify_name(self, module: SourceModule, name: str, hops: int) -> str:
        value = module.variables.get(name)
        if name in module.definitions or (value is not None and name not in module.imports):
            # `Client = redis.asyncio.Redis`: the name stands for another one.
            root = value
            while isinstance(root, ast.Attribute):
                root = root.value
            if value is not None and isinstance(root, ast.Name) and root.id in module.imports and hops > 0:
                return self.qualify(module, value)
            return f"{module.path}{OWN}{name}"
        return self.locate(module.imports[name], hops - 1) if name in module.imports else ""

    def locate(self, dotted: str, hops: int = _HOPS) -> str:
        """A dotted name as the suite's own, if it is; names that a module has from another one are followed."""
        if OWN in dotted:
            return dotted
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            path = self.find_file(".".join(parts[:length]))
            if path is None:
                continue
            rest = parts[length:]
            module = self.modules.get(path)
            if not rest or module is None or hops <= 0:
                return dotted
            first = self._qualify_name(module, rest[0], hops - 1)
            return ".".join([first, *rest[1:]]) if first else dotted
        return dotted
