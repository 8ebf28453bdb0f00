"""A parsed file and its functions."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.names import Names, used_names
from harness.cure.edits.skeleton import Skeleton, make_skeleton
from harness.cure.edits.tree import Node, list_children, walk_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PLAIN_FIXTURE = "pytest.fixture"
ASYNCIO_FIXTURE = "pytest_asyncio.fixture"
FIXTURES = frozenset({PLAIN_FIXTURE, "pytest.yield_fixture", ASYNCIO_FIXTURE})
MARK = "pytest.mark.asyncio"
PYTESTMARK = m.SimpleStatementLine(
    body=[m.Assign(targets=[m.AssignTarget(m.Name("pytestmark"))]) | m.AnnAssign(m.Name("pytestmark"))]
)
SCOPES = ("function", "class", "module", "package", "session")
KEPT_FILES = 2000
BLOCKS = (cst.BaseCompoundStatement, cst.BaseSuite, cst.Else, cst.Finally, cst.ExceptHandler)


@dataclass(frozen=True, kw_only=True, eq=False)
class Function:
    """A function at the top of a module or in a class."""

    file: str
    node: cst.FunctionDef
    key: str  # qualified name, stable while other code changes
    line: int
    names: Names

    @cached_property
    def name(self) -> str:
        return self.node.name.value

    @property
    def owner(self) -> str:
        """The class that it is in."""
        return self.key.rpartition(".")[0]

    @property
    def is_async(self) -> bool:
        return self.node.asynchronous is not None

    @cached_property
    def _own(self) -> tuple[cst.CSTNode, ...]:
        return tuple(walk_own(self.node.body))

    def find_own(self, kind: type[Node]) -> list[Node]:
        """The nodes of a kind in the body, without those of functions and classes that are defined there."""
        return [each for each in self._own if isinstance(each, kind)]

    @cached_property
    def is_generator(self) -> bool:
        return bool(self.find_own(cst.Yield))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        parameters = self.node.params
        every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
        return tuple(each.name.value for each in every)

    @cached_property
    def decorator(self) -> cst.Decorator | None:
        """That which makes it a fixture."""
        return next((each for each in self.node.decorators if self._meaning(each) in FIXTURES), None)

    @cached_property
    def mark(self) -> cst.Decorator | None:
        """The plugin's mark on the function itself."""
        return next((each for each in self.node.decorators if self._meaning(each) == MARK), None)

    def _meaning(self, decorator: cst.Decorator) -> str:
        return self.names.read(called(decorator.decorator))

    @cached_property
    def maker(self) -> str:
        """What its fixture decorator means: `pytest.fixture` or `pytest_asyncio.fixture`."""
        return self._meaning(self.decorator) if self.decorator else ""

    @cached_property
    def fixture_name(self) -> str:
        """By which tests ask for it; empty for what is no fixture."""
        return (keyword_text(self.decorator.decorator, "name") or self.name) if self.decorator else ""

    @cached_property
    def scope(self) -> str | None:
        """A fixture's scope; None if only running the code can say."""
        if not self.decorator or find_keyword(self.decorator.decorator, "scope") is None:
            return "function"
        return keyword_text(self.decorator.decorator, "scope")

    @cached_property
    def loop_scope(self) -> str | None:
        """A fixture's loop scope, if it is written."""
        return keyword_text(self.decorator.decorator, "loop_scope") if self.decorator else None

    @cached_property
    def autouse(self) -> bool:
        value = find_keyword(self.decorator.decorator, "autouse") if self.decorator else None
        return value is not None and m.matches(value, m.Name("True"))

    @property
    def label(self) -> str:
        return f"`{self.name}` ({self.file}:{self.line})"


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceFile:
    """A file of Python."""

    file: str
    module: cst.Module
    names: Names
    functions: tuple[Function, ...]
    text: bytes
    skeleton: Skeleton  # that is parsed as `module`

    @cached_property
    def _written(self) -> dict[cst.CSTNode, str]:
        """The code of the statements at the top, as far as it was asked for."""
        return {}

    @cached_property
    def _used(self) -> dict[cst.CSTNode, frozenset[str]]:
        """The names that they use."""
        return {}

    @cached_property
    def marks(self) -> tuple[cst.BaseExpression, ...]:
        """Those in the module's `pytestmark`."""
        return tuple(list_assigned_marks(self.module.body))

    def find_lost(self, changed: cst.Module) -> frozenset[str]:
        """The names that the file uses and the changed one doesn't, imports apart."""
        there, kept = set(self.module.body), set(changed.body)
        gone = self._find_used(each for each in self.module.body if each not in kept)
        fresh = frozenset(name for each in changed.body if each not in there for name in used_names(each))
        lost = gone - fresh
        return lost - self._find_used(each for each in changed.body if each in there) if lost else lost

    def _find_used(self, statements: Iterable[cst.CSTNode]) -> frozenset[str]:
        found: set[str] = set()
        for each in statements:
            if each not in self._used:
                self._used[each] = used_names(each)
            found |= self._used[each]
        return frozenset(found)

    def write(self, changed: cst.Module) -> bytes | None:
        """The whole file, after its module was changed; None if that can't be compiled."""
        there = set(self.module.body)
        fresh = {each: changed.code_for_node(each) for each in changed.body if each not in there}
        if not compiles("".join(fresh.values())):
            return None
        if not changed.has_trailing_newline:
            return self.skeleton.restore(changed.bytes)
        for each in there - self._written.keys():
            self._written[each] = self.module.code_for_node(each)
        parts = [fresh.get(each) or self._written[each] for each in changed.body]
        around = [[changed.code_for_node(each) for each in lines] for lines in (changed.header, changed.footer)]
        return self.skeleton.restore("".join([*around[0], *parts, *around[1]]).encode(changed.encoding))

    @property
    def dotted(self) -> str:
        """The module's name, as seen from the suite's top."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def compiles(code: str | bytes) -> bool:
    """Whether it is code; `await` and `yield` at wrong places are found too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<edited>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def called(node: cst.BaseExpression) -> cst.BaseExpression:
    """What is called, or the expression itself."""
    return node.func if isinstance(node, cst.Call) else node


def find_keyword(node: cst.BaseExpression, name: str) -> cst.BaseExpression | None:
    """The value of a call's keyword argument."""
    arguments = node.args if isinstance(node, cst.Call) else ()
    return next((each.value for each in arguments if each.keyword and each.keyword.value == name), None)


def keyword_text(node: cst.BaseExpression, name: str) -> str | None:
    """The same, if it is a plain string."""
    value = find_keyword(node, name)
    text = value.evaluated_value if isinstance(value, cst.SimpleString | cst.ConcatenatedString) else None
    return text if isinstance(text, str) else None


@lru_cache(maxsize=KEPT_FILES)
def parse_file(file: str, data: bytes) -> SourceFile | None:
    """The file, or None if it can't be parsed. Parsed files are shared: nothing changes them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        skeleton = make_skeleton(data, tree)
        module = cst.parse_module(skeleton.text)
    except (cst.ParserSyntaxError, SyntaxError, ValueError, RecursionError, UnicodeDecodeError, LookupError):
        return None
    names, lines = Names(module), dict(number_lines(tree))
    functions = tuple(
        Function(file=file, node=node, key=key, line=lines.get(key, 0), names=names)
        for key, node in list_functions(module)
    )
    return SourceFile(file=file, module=module, names=names, functions=functions, text=data, skeleton=skeleton)


def list_functions(module: cst.Module) -> Iterator[tuple[str, cst.FunctionDef]]:
    """The functions outside of functions, each with a name that is unique in the file."""
    seen: Counter[str] = Counter()

    def walk(node: cst.CSTNode, owner: str) -> Iterator[tuple[str, cst.FunctionDef]]:
        for child in list_children(node):
            if isinstance(child, cst.FunctionDef):
                yield number(owner + child.name.value, seen), child
            elif isinstance(child, cst.ClassDef):
                yield from walk(child, f"{owner}{child.name.value}.")
            elif isinstance(child, BLOCKS):
                yield from walk(child, owner)

    return walk(module, "")


def number_lines(tree: ast.AST, owner: str = "", seen: Counter[str] | None = None) -> Iterator[tuple[str, int]]:
    """The same names with their lines."""
    seen = Counter() if seen is None else seen
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield number(owner + child.name, seen), child.lineno
        elif isinstance(child, ast.ClassDef):
            yield from number_lines(child, f"{owner}{child.name}.", seen)
        elif not isinstance(child, ast.expr):
            yield from number_lines(child, owner, seen)


def number(name: str, seen: Counter[str]) -> str:
    """The name, and which of its kind where there are several, as after `if`."""
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}#{seen[name]}"


def list_assigned_marks(body: Sequence[cst.CSTNode]) -> list[cst.BaseExpression]:
    """The marks in `pytestmark`."""
    found: list[cst.BaseExpression] = []
    for statement in body:
        only = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(only, cst.Assign | cst.AnnAssign) and only.value and is_pytestmark(only):
            if isinstance(only.value, cst.List | cst.Tuple):
                found += [each.value for each in only.value.elements]
            else:
                found.append(only.value)
    return found


def is_pytestmark(statement: cst.Assign | cst.AnnAssign) -> bool:
    target = statement.targets[0].target if isinstance(statement, cst.Assign) else statement.target
    return isinstance(target, cst.Name) and target.value == "pytestmark"
