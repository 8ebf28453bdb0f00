"""Where clients are put away."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal

from harness.habits.cases import list_kept
from harness.habits.declaring import CLASS_OF_TEST
from harness.habits.model import ClosingSite
from harness.habits.scanning import find_driver, find_target, is_in_finally, list_parameters, unwrap
from harness.habits.sources import OWN, Function

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.habits.making import Sites
    from harness.habits.model import Driver
    from harness.habits.scanning import Body
    from harness.habits.sources import Sources

How = Literal["aclose", "close", "async_with", "pool_disconnect", "delete"]

_METHODS: dict[str, How] = {
    "aclose": "aclose",
    "close": "close",
    "wait_closed": "close",
    "disconnect": "pool_disconnect",
    "close_pools": "pool_disconnect",
    "dispose": "pool_disconnect",
}


_ENTERING = (".enter_async_context", ".enterAsyncContext")


class ClosingReader:
    """Finds them in one body after another. `fixtures`: names of fixtures that hand out a client."""

    def __init__(self, sources: Sources, sites: Sites, fixtures: Collection[str]) -> None:
        self._sources = sources
        self._sites = sites
        self._fixtures = fixtures
        self._globals: dict[str, set[str]] = {}  # file → names that its `setUpModule` sets to a client

    def learn_cases(self, bodies: Iterable[Body], chains: Iterable[tuple[str, ...]]) -> None:
        """Take in what test cases keep for their tests. `chains`: each case with its bases, which share it."""
        for body in bodies:
            owner = f"{body.module.path}{OWN}{body.owner}"
            bound = self._list_bound(body)
            for text, value in list_kept(body):
                if text in bound or self._gives_client(body, _unwrap_entered(value), bound):
                    kept = self._sites.attributes if body.owner else self._globals
                    name = text.rpartition(".")[2]
                    kept.setdefault(owner if body.owner else body.module.path, set()).add(name)
        for chain in chains:
            own = {one.name for each in chain for one in self._sites.by_body.get(each, ())}
            shared = own.union(*(self._sites.attributes.get(each, ()) for each in chain))
            for each in chain:
                self._sites.attributes.setdefault(each, set()).update(shared)

    def read(self, body: Body, *, is_fixture: bool) -> Iterator[ClosingSite]:
        """The closings of a function, in order of line."""
        if not isinstance(body.node, Function):
            return
        bound = self._list_bound(body)
        yielded = body.first_yield
        by_loop = not is_fixture and _ends_with_loop(body)
        if by_loop:
            bound |= list_parameters(body)
        found = [*self._list_calls(body, bound), *self._list_contexts(body, bound), *self._list_deleted(body, bound)]
        for node, how, name, driver in sorted(found, key=lambda one: getattr(one[0], "lineno", 0)):
            line = getattr(node, "lineno", 0)
            always = how == "async_with" or is_in_finally(body.module, node) or (is_fixture and line > yielded)
            yield ClosingSite(
                place=body.place(node),
                how=how,
                name=name,
                by_loop=by_loop and line > yielded,
                owner=body.name,
                driven_by=driver,
                always=always,
            )

    def _list_bound(self, body: Body) -> set[str]:
        """What clients are bound to in a function: those that it makes, and those that it has from elsewhere."""
        bound = {site.name for site in self._sites.by_body.get(body.id, ())} - {""}
        bound |= self._globals.get(body.module.path, set()) - list_parameters(body)
        for node in body.nodes:
            if isinstance(node, ast.Assign):
                pairs = [(node.value, target) for target in node.targets]
            elif isinstance(node, ast.AsyncWith):
                pairs = [(item.context_expr, item.optional_vars) for item in node.items if item.optional_vars]
            else:
                continue
            for value, target in pairs:
                if self._gives_client(body, unwrap(value)[0], bound):
                    bound.add(ast.unparse(target))
        return bound

    def _gives_client(self, body: Body, value: ast.expr, bound: Collection[str]) -> bool:
        if isinstance(value, ast.Call):
            return self._sources.qualify(body.module, value.func) in self._sites.makers
        of_class = isinstance(value, ast.Attribute) and ast.unparse(value.value) in CLASS_OF_TEST
        return of_class or self._is_client(body, value, bound)

    def _is_kept(self, body: Body, call: ast.Call) -> bool:
        """Whether a call hands out a client that is there, as a cached getter does."""
        maker = self._sites.makers.get(self._sources.qualify(body.module, call.func))
        return maker is not None and maker.kept

    def _is_client(self, body: Body, node: ast.expr, bound: Collection[str]) -> bool:
        """Whether an expression is known to be a client."""
        text = ast.unparse(node)
        if text in bound:
            return True
        if isinstance(node, ast.Name) and node.id in self._fixtures and node.id in list_parameters(body):
            return True
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            owner = f"{body.module.path}{OWN}{body.owner}"
            own = {each.name for each in self._sites.by_body.get(owner, ())}
            return node.attr in self._sites.attributes.get(owner, ()) or node.attr in own
        name = self._sources.qualify(body.module, node)
        file, found, own_name = name.partition(OWN)
        return bool(found) and any(site.name == own_name for site in self._sites.by_body.get(f"{file}{OWN}", ()))

    def _list_calls(self, body: Body, bound: Collection[str]) -> Iterator[tuple[ast.AST, How, str, Driver]]:
        for node in body.nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS):
                continue
            of = node.func.value
            if isinstance(of, ast.Attribute) and of.attr == "connection_pool":
                of = of.value
            if self._is_client(body, of, bound):
                driver = find_driver(body.module, node)
                yield node, _METHODS[node.func.attr], ast.unparse(of), driver

    def _list_contexts(
        self, body: Body, bound: Collection[str]
    ) -> Iterator[tuple[ast.AST, How, str, Literal["await"]]]:
        """`async with client`, `async with Valkey(…) as client`, `await stack.enter_async_context(Valkey(…))`."""
        places = {site.place.line for site in self._sites.by_body.get(body.id, ())}
        for node in body.nodes:
            if isinstance(node, ast.AsyncWith):
                for item in node.items:
                    expression = _unwrap_context(item.context_expr)
                    target = ast.unparse(item.optional_vars) if item.optional_vars else ast.unparse(expression)
                    made = isinstance(expression, ast.Call) and expression.lineno in places and target in {*bound, ""}
                    kept = not isinstance(expression, ast.Call) or self._is_kept(body, expression)
                    if made or (kept and self._gives_client(body, expression, bound)):
                        yield item.context_expr, "async_with", target, "await"
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(_ENTERING):
                target = find_target(body.module, node)
                for each in node.args:
                    kept = not isinstance(each, ast.Call) or self._is_kept(body, each)
                    if each.lineno in places or (target and kept and self._gives_client(body, each, bound)):
                        yield node, "async_with", target or ast.unparse(each), "await"

    def _list_deleted(
        self, body: Body, bound: Collection[str]
    ) -> Iterator[tuple[ast.AST, How, str, Literal["nothing"]]]:
        for node in body.nodes:
            if isinstance(node, ast.Delete):
                for target in node.targets:
                    if isinstance(target, (ast.Name, ast.Attribute)) and self._is_client(body, _load(target), bound):
                        yield node, "delete", ast.unparse(target), "nothing"


def _unwrap_entered(node: ast.expr) -> ast.expr:
    """What is kept: also of `await self.enterAsyncContext(client)`."""
    match unwrap(node)[0]:
        case ast.Call(func=ast.Attribute() as function, args=[inner]) if ast.unparse(function).endswith(_ENTERING):
            return inner
        case expression:
            return expression


def _ends_with_loop(body: Body) -> bool:
    """Whether it is an async generator that yields nothing and so is there for what follows its `yield`."""
    yields = [node for node in body.nodes if isinstance(node, ast.Yield)]
    bare = len(yields) == 1 and yields[0].value is None
    return bare and isinstance(body.node, ast.AsyncFunctionDef) and not body.node.decorator_list


def _unwrap_context(node: ast.expr) -> ast.expr:
    """What `async with` closes: also of `aclosing(client)`."""
    match unwrap(node)[0]:
        case ast.Call(func=ast.Name(id="aclosing") | ast.Attribute(attr="aclosing"), args=[inner]):
            return inner
        case expression:
            return expression


def _load(node: ast.Name | ast.Attribute) -> ast.expr:
    return node
