"""Clients of an application under test, which run its code in the same process: they belong to no loop themselves."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.habits.scanning import find_target
from harness.habits.sources import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.habits.model import ClientSite, Fixture, Serving, TestFunction
    from harness.habits.scanning import Body
    from harness.habits.sources import SourceModule, Sources

HTTPX = "httpx.AsyncClient"
NETWORK = "AsyncHTTPTransport"
"""The one transport of httpx that has connections."""

CALLERS = frozenset({"async_asgi_testclient.TestClient", "aiohttp.test_utils.TestClient", "django.test.AsyncClient"})
"""They run the application on the loop of who calls, as httpx does."""

CALLER_FUNCTIONS = frozenset({"aiohttp_client", "test_client"})
THREADS = frozenset({"fastapi.testclient.TestClient", "starlette.testclient.TestClient", "litestar.testing.TestClient"})
"""They run it in a thread, on a loop of their own."""

IN_THREAD = ("lifespan", "request")
OF_CATALOGUE = (*IN_THREAD, "transport")
"""The ways to run an application that are values of `creation_site`."""

ENTERING = frozenset({"LifespanManager", "lifespan_context", "TestClient", "aiohttp_client"})
"""Calls that start and end an application with what it makes and closes then. httpx doesn't."""


def is_in_process(sources: Sources, module: SourceModule, call: ast.Call) -> bool:
    """Whether `httpx.AsyncClient(…)` is given an application or a transport, and so connects to nothing."""
    if sources.qualify(module, call.func) != HTTPX:
        return False
    for keyword in call.keywords:
        if keyword.arg == "app":
            return True
        if keyword.arg == "transport":
            return not any(_is_network(sources, module, value) for value in _list_values(module, keyword.value))
    return False


def _list_values(module: SourceModule, node: ast.expr) -> Iterable[ast.expr]:
    """What an expression is; for a name, all that is assigned to it."""
    if not isinstance(node, ast.Name):
        return [node]
    assigned = (one for one in ast.walk(module.tree) if isinstance(one, ast.Assign))
    return [one.value for one in assigned if any(ast.unparse(target) == node.id for target in one.targets)]


def _is_network(sources: Sources, module: SourceModule, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and sources.qualify(module, node.func).endswith(NETWORK)


def find_serving(sources: Sources, body: Body) -> Serving:
    """On whose loop a function runs an application, if it makes a client for one, or names one that a module has."""
    entered = set(_list_entered(body))
    found = set(_list_servings(sources, body, entered))
    return next((one for one in (*OF_CATALOGUE, "caller") if one in found), "")


def _list_servings(sources: Sources, body: Body, entered: set[str]) -> Iterator[Serving]:
    for node in body.nodes:
        module, value = body.module, node
        if isinstance(node, ast.Name):
            file, _, name = sources.qualify(module, node).partition(OWN)
            module = sources.modules.get(file, module)
            value = module.variables.get(name, node)
        if isinstance(value, ast.Call):
            target = find_target(module, value)
            yield _name_serving(sources, module, value, entered=bool(entered & {ast.unparse(node), target}))


def _list_entered(body: Body) -> Iterator[str]:
    """What a function enters by `with`, or by an exit stack, as written."""
    for node in body.nodes:
        if isinstance(node, (ast.With, ast.AsyncWith)):
            yield from (ast.unparse(item.context_expr) for item in node.items)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".enter_context"):
            yield from map(ast.unparse, node.args)


def _name_serving(sources: Sources, module: SourceModule, call: ast.Call, *, entered: bool) -> Serving:
    name = sources.qualify(module, call.func)
    if name in THREADS:
        return "lifespan" if entered else "request"
    if is_in_process(sources, module, call):
        return "transport"
    foreign = OWN not in name and ast.unparse(call.func).rpartition(".")[2] in CALLER_FUNCTIONS
    return "caller" if foreign or name in CALLERS else ""


def find_server(client: ClientSite, test: TestFunction, fixtures: Iterable[Fixture]) -> Fixture | TestFunction | None:
    """What runs the application by which a test comes to a module's client; None where it comes to it itself.

    Only the ways of the catalogue count.
    """
    if client.where != "module":
        return None
    fixtures = tuple(fixtures)
    holding = {one.name for one in fixtures if client.place in one.clients}
    reaching = [one for one in fixtures if holding.intersection((one.name, *one.arguments))]
    serving: list[Fixture | TestFunction] = [test] if client.place in test.clients else [*reaching]
    server = next((one for one in serving if one.serves in OF_CATALOGUE), None)
    is_started = _enters(test) or any(map(_enters, fixtures))
    return None if server is not None and server.serves == "transport" and is_started else server


def _enters(one: Fixture | TestFunction) -> bool:
    """Whether it starts and ends an application."""
    return one.serves != "request" and bool(ENTERING.intersection(one.calls))


def list_served(fixtures: Iterable[Fixture]) -> frozenset[str]:
    """The fixtures that give an application to its client, and the client's: none of them hands out what it keeps."""
    serving = [one for one in fixtures if one.serves]
    return frozenset(name for one in serving for name in (one.name, *one.arguments))


def list_callers(
    test: TestFunction, fixtures: Iterable[Fixture], holders: Iterable[Fixture], server: Fixture | TestFunction | None
) -> set[str]:
    """The suite's own functions that a test and these fixtures of it really run.

    An application that is only called isn't started and ended; how its own client would be put away counts all the same
    where `server` runs it as a value of the catalogue does.
    """
    own: list[TestFunction | Fixture] = [one for one in holders if not one.serves]
    everyone: list[TestFunction | Fixture] = [test, *fixtures]
    own += [] if test.serves else [test]
    entering = [one for one in everyone if server is not None or _enters(one)]
    return {name for one in (*own, *entering) for name in one.functions}
