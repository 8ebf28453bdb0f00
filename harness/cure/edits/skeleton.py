"""A file without the bodies that no edit can concern: parsing those is what takes time in a large suite.

In the place of such a body stands a line that names it and what it uses of the module. The body is put back at the end.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = "__kept_{}__"
PLACE = re.compile(rb"^[ \t]*\(__kept_(\d+)__,[^\r\n]*\)", re.MULTILINE)
CONCERNING = re.compile(rb"loop|\.close\(|\brun\(|mark\.asyncio|__kept_")
"""In a body that edits may look into."""
CLIENT_CLASSES = re.compile(r"Client|Pool|Redis|Session|Valkey")
"""In the names of all classes of clients that edits know."""
WORD = re.compile(rb"(?<![\w.])[^\W\d]\w*")
ATTRIBUTE = re.compile(rb"\.([^\W\d]\w*)")
FIXTURES = frozenset({"fixture", "yield_fixture"})
STARTING = "__init__"
"""The method in which edits look for what an object makes."""
LEAST_LINES = 2
Definition = ast.FunctionDef | ast.AsyncFunctionDef
Assignment = ast.Assign | ast.AnnAssign


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """What is parsed of a file, and the bodies that it lacks."""

    text: bytes
    bodies: tuple[bytes, ...]

    def restore(self, changed: bytes) -> bytes:
        """The changed skeleton with its bodies."""
        return PLACE.sub(lambda found: self.bodies[int(found[1])], changed) if self.bodies else changed


@dataclass(frozen=True, kw_only=True)
class TopNames:
    """What the names at the top of a module are."""

    imported: dict[str, str]
    defined: frozenset[str]
    made: frozenset[str]  # values that may be clients
    attributes: frozenset[str]  # such values in classes

    def read(self, node: ast.expr) -> str:
        """The dotted name that an expression means; empty where its first name isn't one of the module's."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id) or (node.id if node.id in self.defined else "")
        base = self.read(node.value) if isinstance(node, ast.Attribute) else ""
        return f"{base}.{node.attr}" if base and isinstance(node, ast.Attribute) else ""


def make_skeleton(data: bytes, tree: ast.Module) -> Skeleton:
    """The file without the bodies of those tests and methods that no edit can concern."""
    if b"\r" in data.replace(b"\r\n", b"") or b"IsolatedAsyncioTestCase" in data or not is_unicode(data):
        return Skeleton(text=data, bodies=())
    names, lines = read_top(tree), data.splitlines(keepends=True)
    parts: list[bytes] = []
    bodies: list[bytes] = []
    done = 0
    for function, in_class in list_definitions(tree):
        first, last = find_body(function)
        body = b"".join(lines[first - 1 : last])
        indented = not lines[first - 1][: function.body[0].col_offset].strip()
        if last - first + 1 >= LEAST_LINES and indented and is_idle(function, body, names, in_class=in_class):
            parts += [*lines[done : first - 1], make_place(len(bodies), body, names)]
            bodies.append(body.rstrip(b"\r\n"))
            done = last
    return Skeleton(text=b"".join([*parts, *lines[done:]]), bodies=tuple(bodies))


def is_unicode(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_top(tree: ast.Module) -> TopNames:
    imported: dict[str, str] = {}
    defined: set[str] = set()
    made: set[str] = set()
    attributes: set[str] = set()
    for node in walk_statements(tree):
        if isinstance(node, ast.Import):
            imported |= {each.asname: each.name for each in node.names if each.asname}
            imported |= {name: name for each in node.names if (name := each.name.partition(".")[0]) and not each.asname}
        elif isinstance(node, ast.ImportFrom):
            imported |= {each.asname or each.name: f"{node.module or '.'}.{each.name}" for each in node.names}
        elif isinstance(node, Assignment):
            (defined if is_constant(node.value) else made).update(list_targets(node))
        elif isinstance(node, Definition | ast.ClassDef):
            defined.add(node.name)
            inner = [each for each in walk_statements(node) if isinstance(each, Assignment)]
            if isinstance(node, ast.ClassDef):
                attributes |= {name for each in inner if not is_constant(each.value) for name in list_targets(each)}
    return TopNames(
        imported=imported, defined=frozenset(defined), made=frozenset(made), attributes=frozenset(attributes)
    )


def is_constant(value: ast.expr | None) -> bool:
    """Whether a value holds nothing that was made."""
    return value is None or not any(isinstance(each, ast.Call | ast.Name | ast.Attribute) for each in ast.walk(value))


def list_targets(node: Assignment) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def walk_statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements in a module, without what functions and classes hold."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            if not isinstance(child, Definition | ast.ClassDef):
                yield from walk_statements(child)


def list_definitions(node: ast.AST, *, in_class: bool = False) -> Iterator[tuple[Definition, bool]]:
    """The functions outside of functions, in the order of the source, and whether each is a method."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield child, in_class
        elif not isinstance(child, ast.expr):
            yield from list_definitions(child, in_class=in_class or isinstance(child, ast.ClassDef))


def find_body(function: Definition) -> tuple[int, int]:
    """The first and the last line of a function's body."""
    start, end = function.body[0], function.body[-1]
    decorators = start.decorator_list if isinstance(start, Definition | ast.ClassDef) else []
    return min([start.lineno, *(each.lineno for each in decorators)]), end.end_lineno or end.lineno


def is_idle(function: Definition, body: bytes, names: TopNames, *, in_class: bool) -> bool:
    """Whether no edit looks into the body. What a plain function returns may be a client; a test makes some."""
    if CONCERNING.search(body) or any(is_fixture(each, names) for each in function.decorator_list):
        return False
    words = {each.decode() for each in WORD.findall(body)}
    if not names.made.isdisjoint(words) or not names.attributes.isdisjoint(map(bytes.decode, ATTRIBUTE.findall(body))):
        return False
    if not function.name.startswith("test"):
        return in_class and function.name != STARTING
    return not any(makes_client(each, names, imports="import" in words) for each in function.body)


def is_fixture(decorator: ast.expr, names: TopNames) -> bool:
    """Whether it makes a fixture, or nobody knows."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    dotted = names.read(named)
    return not dotted or dotted.rpartition(".")[2] in FIXTURES


def makes_client(statement: ast.stmt, names: TopNames, *, imports: bool) -> bool:
    """Whether a statement of a test may make a client: by a class of clients, or by a function of the suite."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return False
    dotted = names.read(statement.value.func)
    if not dotted:
        return imports  # by the test itself
    last = dotted.rpartition(".")[2]
    if last[:1].isupper():
        return CLIENT_CLASSES.search(last) is not None
    return dotted.partition(".")[0] not in sys.stdlib_module_names


def make_place(number: int, body: bytes, names: TopNames) -> bytes:
    """The line that stands for a body."""
    known = names.defined.union(names.imported)
    used = dict.fromkeys(name for each in WORD.findall(body) if (name := each.decode()) in known)
    indent = body[: len(body) - len(body.lstrip(b" \t"))]
    ended = body[len(body.rstrip(b"\r\n")) :]
    return indent + f"({', '.join([KEPT.format(number), *used])},)".encode() + ended
