"""Clients of an application under test, which run its code in the same process: they belong to no loop themselves."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.habits.sources import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.habits.model import Fixture, Serving, TestFunction
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
    found = {_name_serving(sources, body.module, node) for node in body.nodes if isinstance(node, ast.Call)}
    for node in body.nodes:
        if isinstance(node, ast.Name):
            file, _, name = sources.qualify(body.module, node).partition(OWN)
            module = sources.modules.get(file)
            value = module.variables.get(name) if module else None
            if module is not None and isinstance(value, ast.Call):
                found.add(_name_serving(sources, module, value))
    return "own" if "own" in found else "caller" if "caller" in found else ""


def _name_serving(sources: Sources, module: SourceModule, call: ast.Call) -> Serving:
    name = sources.qualify(module, call.func)
    if name in THREADS:
        return "own"
    foreign = OWN not in name and ast.unparse(call.func).rpartition(".")[2] in CALLER_FUNCTIONS
    return "caller" if foreign or name in CALLERS or is_in_process(sources, module, call) else ""


def list_served(fixtures: Iterable[Fixture]) -> frozenset[str]:
    """The fixtures that give an application to its client, and the client's: none of them hands out what it keeps."""
    serving = [one for one in fixtures if one.serves]
    return frozenset(name for one in serving for name in (one.name, *one.arguments))


def list_callers(test: TestFunction, fixtures: Iterable[Fixture], holders: Iterable[Fixture]) -> set[str]:
    """The suite's own functions that a test and these fixtures of it really run.

    An application that is only called isn't started and ended.
    """
    own: list[TestFunction | Fixture] = [one for one in holders if not one.serves]
    everyone: list[TestFunction | Fixture] = [test, *fixtures]
    own += [] if test.serves else [test]
    entering = [one for one in everyone if ENTERING.intersection(one.calls)]
    return {name for one in (*own, *entering) for name in one.functions}
