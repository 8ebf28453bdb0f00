"""One function after another: what it makes, closes, runs and names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.habits.libraries import find_maker
from harness.habits.model import SourcePlace
from harness.habits.sources import OWN, Definition, Function, SourceModule, Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.habits.model import Driver

CACHES = frozenset(
    {
        "functools.lru_cache",
        "functools.cache",
        "lru_cache",
        "cache",
        "async_lru.alru_cache",
        "functools.cached_property",
    }
)
CONTEXT_MANAGERS = frozenset({"contextlib.asynccontextmanager"})
DRIVERS: dict[str, Driver] = {
    "run": "asyncio.run",
    "run_until_complete": "run_until_complete",
    "run_coroutine_threadsafe": "run_coroutine_threadsafe",
}


@dataclass(kw_only=True)
class Body:
    """A function, a class's body or a module's: what runs when it runs. `name` is empty for a module."""

    module: SourceModule
    name: str  # "Cache.__init__"
    node: Definition | ast.Module
    owner: str = ""  # the class it stands in
    nodes: list[ast.AST] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Of the suite's name for it."""
        return f"{self.module.path}{OWN}{self.name}"

    def place(self, node: ast.AST) -> SourcePlace:
        """Where something of it stands."""
        return SourcePlace(self.module.path, getattr(node, "lineno", 1))

    @property
    def first_yield(self) -> int:
        """The line of the first `yield`; beyond the end where there is none."""
        lines = [node.lineno for node in self.nodes if isinstance(node, (ast.Yield, ast.YieldFrom))]
        return min(lines, default=10**9)


def list_bodies(module: SourceModule) -> list[Body]:
    """The module itself, its functions and class bodies. Functions in functions are parts of the outer one."""
    top = Body(module=module, name="", node=module.tree)
    return [top, *_list_inner(module.tree, top, "")]


def _list_inner(node: ast.AST, body: Body, within: str) -> Iterator[Body]:
    """What is defined in a node that belongs to `body`; its other nodes are taken into that."""
    for child in ast.iter_child_nodes(node):
        yield from _take(child, body, within)


def _take(child: ast.AST, body: Body, within: str) -> Iterator[Body]:
    if not isinstance(child, Definition) or isinstance(body.node, Function):
        body.nodes.append(child)
        yield from _list_inner(child, body, within)
        return
    name = f"{within}.{child.name}" if within else child.name
    inner = Body(module=body.module, name=name, node=child, owner=within)
    yield inner
    is_class = isinstance(child, ast.ClassDef)
    outside = [*child.decorator_list, *([*child.bases, *child.keywords] if isinstance(child, ast.ClassDef) else ())]
    body.nodes.extend(part for one in outside for part in ast.walk(one))
    if isinstance(child, Function):
        inner.nodes.extend(ast.walk(child.args))  # `redis: Redis = Depends(connected)`
    for part in child.body:
        yield from _take(part, inner, name if is_class else within)


def find_condition(module: SourceModule, node: ast.AST) -> str:
    """The tests of the `if`s that it stands under, up to the function."""
    tests: list[str] = []
    child = node
    while (parent := module.parents.get(child)) is not None and not isinstance(child, Function):
        if isinstance(parent, ast.If) and child is not parent.test:
            text = ast.unparse(parent.test)
            tests.append(f"not ({text})" if child in parent.orelse else text)
        child = parent
    return " and ".join(reversed(tests))


def is_in_finally(module: SourceModule, node: ast.AST) -> bool:
    """Whether it also runs when what comes before raises."""
    child = node
    while (parent := module.parents.get(child)) is not None and not isinstance(child, Function):
        if isinstance(parent, ast.Try) and child in parent.finalbody:
            return True
        child = parent
    return False


def unwrap(node: ast.expr) -> tuple[ast.expr, str]:
    """What is run by `await x`, `asyncio.run(x)`, `loop.run_until_complete(x)`, and by which of them."""
    driver = ""
    while True:
        match node:
            case ast.Await(value=value):
                node = value
            case ast.Call(func=ast.Attribute(attr=name), args=[inner, *_]) if name in DRIVERS:
                node, driver = inner, DRIVERS[name]
            case ast.Call(func=ast.Attribute(attr="result", value=ast.Call() as inner)):
                node = inner
            case _:
                return node, driver


def find_driver(module: SourceModule, node: ast.AST) -> Driver:
    """What runs the coroutine that a call gives."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Await):
        return "await"
    if isinstance(parent, ast.Call) and node in parent.args and isinstance(parent.func, ast.Attribute):
        if parent.func.attr == "run" and _is_open_runner(module, parent.func.value):
            return "Runner"
        if parent.func.attr in DRIVERS:
            return DRIVERS[parent.func.attr]
        if parent.func.attr in ("gather", "wait_for", "shield", "push_async_callback"):
            return "await"
    return "nothing"


def _is_open_runner(module: SourceModule, node: ast.expr) -> bool:
    """Whether it is what `with asyncio.Runner() as …` gives, and it is open over a `yield` or an `await`."""
    child: ast.AST = node
    while (parent := module.parents.get(child)) is not None and not isinstance(child, Function):
        if isinstance(parent, ast.With):
            for item in parent.items:
                made = isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func)
                named = item.optional_vars is not None and ast.unparse(item.optional_vars) == ast.unparse(node)
                if made and named and made.rpartition(".")[2] == "Runner":
                    return any(isinstance(one, (ast.Yield, ast.Await)) for one in ast.walk(parent))
        child = parent
    return False


def find_target(module: SourceModule, node: ast.AST) -> str:
    """What the value of an expression is bound to: "client", "self.client", "app.state.redis"."""
    child: ast.AST = node
    while (parent := module.parents.get(child)) is not None:
        match parent:
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target):
                return ast.unparse(target)
            case ast.NamedExpr(target=target):
                return ast.unparse(target)
            case ast.withitem(optional_vars=ast.expr() as target):
                return ast.unparse(target)
            case ast.Await() | ast.Call() | ast.BoolOp() | ast.IfExp():
                child = parent
            case _:
                return ""
    return ""


def list_decorators(sources: Sources, body: Body) -> Iterator[str]:
    """What a function or class is decorated by, as names."""
    if not isinstance(body.node, ast.Module):
        for one in body.node.decorator_list:
            yield sources.qualify(body.module, one.func if isinstance(one, ast.Call) else one)


def is_cached(sources: Sources, body: Body) -> bool:
    """Whether it hands out the same object again: by a decorator, or by a `global` that it sets."""
    if any(name in CACHES for name in list_decorators(sources, body)) or _is_kept_by_class(body):
        return True
    changed = {name for node in body.nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    return any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in changed for node in body.nodes
    )


def _is_kept_by_class(body: Body) -> bool:
    """Whether it sets an attribute of its class: `cls._instance = cls()`."""
    return bool(body.owner) and any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node.value) in ("cls", body.owner.rpartition(".")[2])
        for node in body.nodes
    )


def is_lifespan(sources: Sources, body: Body) -> bool:
    """Whether it is an async context manager, as an application's lifespan is."""
    return any(name in CONTEXT_MANAGERS for name in list_decorators(sources, body))


def find_call_maker(sources: Sources, module: SourceModule, call: ast.Call) -> tuple[str, bool] | None:
    """What a call makes, if it is one of a library's."""
    return find_maker(sources.qualify(module, call.func))


def list_parameters(body: Body) -> frozenset[str]:
    """The parameters of a function."""
    if not isinstance(body.node, Function):
        return frozenset()
    arguments = body.node.args
    return frozenset(one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def find_root(node: ast.expr) -> str:
    """The name that an expression begins with: `app` of `app.state.redis`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
