"""Which clients a fixture or a test comes to by the names in it: through the suite's own functions and variables."""

from __future__ import annotations

import ast
from collections import deque
from typing import TYPE_CHECKING

from harness.habits.scanning import find_root, list_parameters
from harness.habits.sources import OWN, Function

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from harness.habits.making import Sites
    from harness.habits.model import SourcePlace
    from harness.habits.scanning import Body
    from harness.habits.sources import SourceModule, Sources


class References:
    """What names what. Nodes are names of the suite's own: `app.py::client`."""

    def __init__(self, sources: Sources, bodies: Mapping[str, Body], sites: Sites) -> None:
        self._sources = sources
        self._bodies = bodies
        self._sites = sites
        self._names: dict[str, set[str]] = {}
        for body in bodies.values():
            own = list_parameters(body)
            self._names.setdefault(body.id, set()).update(self._list_names(body.module, body.nodes, own))
            if body.owner:
                self._names.setdefault(f"{body.module.path}{OWN}{body.owner}", set()).add(body.id)
        for module in sources.modules.values():
            self._read_variables(module)

    def _read_variables(self, module: SourceModule) -> None:
        for name, value in module.variables.items():
            self._names.setdefault(f"{module.path}{OWN}{name}", set()).update(self._list_names(module, ast.walk(value)))
        for name, node in module.definitions.items():
            for decorator in node.decorator_list:  # `@app.get("/")`: what has `app` has this function too
                for own in self._list_names(module, ast.walk(decorator)):
                    self._names.setdefault(own, set()).add(f"{module.path}{OWN}{name}")
        for statement in module.tree.body:  # `app.include_router(router)`
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                for own in self._list_names(module, ast.walk(statement.value.func)):
                    self._names.setdefault(own, set()).update(self._list_names(module, ast.walk(statement.value)))

    def _list_names(self, module: SourceModule, nodes: Iterable[ast.AST], local: Collection[str] = ()) -> set[str]:
        """The suite's own names among the nodes. `local`: names that mean something else there."""
        found: set[str] = set()
        for node in nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                if find_root(node) in local:
                    continue
                name = self._sources.qualify(module, node)
                file, own, rest = name.partition(OWN)
                if own:  # `app.py::Cache.get` names the class, and the function
                    parts = rest.split(".")
                    found.update(f"{file}{OWN}{'.'.join(parts[:length])}" for length in range(1, len(parts) + 1))
        return found

    def follow(self, body: Body) -> tuple[tuple[SourcePlace, ...], tuple[str, ...]]:
        """The places of the clients that running this body comes to, and the functions."""
        found: set[SourcePlace] = set()
        waiting = deque([body.id, *self._list_of_class(body)])
        seen = set(waiting)
        while waiting:
            name = waiting.popleft()
            file, _, own = name.partition(OWN)
            module_sites = [site for site in self._sites.by_body.get(f"{file}{OWN}", ()) if site.name == own and own]
            if module_sites:
                found.update(site.place for site in module_sites)
                continue
            node = self._bodies.get(name)
            if node is not None and isinstance(node.node, (Function, ast.ClassDef)):
                found.update(site.place for site in self._sites.by_body.get(name, ()))
            called = {site.through for site in self._sites.by_body.get(name, ())}
            for each in self._names.get(name, ()):
                maker = self._sites.makers.get(each)
                if each not in seen and (maker is None or maker.name not in called):  # a call is a place of its own
                    seen.add(each)
                    waiting.append(each)
        functions = (name for name in seen if name != body.id and isinstance(self._find_node(name), Function))
        return tuple(sorted(found)), tuple(sorted(functions))

    def _find_node(self, name: str) -> ast.AST | None:
        body = self._bodies.get(name)
        return body.node if body is not None else None

    def _list_of_class(self, body: Body) -> list[str]:
        """The attributes of the class that `self` and `request.cls` of a function mean."""
        owner = f"{body.module.path}{OWN}{body.owner}"
        uses = any(
            isinstance(node, ast.Attribute)
            and ast.unparse(node.value) in ("self", "cls", "type(self)", "self.__class__")
            for node in body.nodes
        )
        return [owner] if body.owner and uses and self._sites.by_body.get(owner) else []
