"""Calls that make, set, run or ask for an event loop, and other ways in which a suite chooses its loops."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.habits.model import LoopCall
from harness.habits.scanning import find_condition
from harness.habits.sources import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.habits.scanning import Body
    from harness.habits.sources import Sources

FACTORIES = "pytest_asyncio_loop_factories"
DEBUG = "PYTHONASYNCIODEBUG"
WORKER = "PYTEST_XDIST_WORKER"
_NAMES = {
    **{
        f"asyncio.{name}": name
        for name in (
            *("get_event_loop", "get_running_loop", "new_event_loop", "set_event_loop", "set_event_loop_policy"),
            *("get_event_loop_policy", "Runner"),
        )
    },
    "asyncio.run": "asyncio.run",
    "uvloop.install": "uvloop.install",
    "winloop.install": "uvloop.install",
    "uvloop.run": "asyncio.run",
    "uvloop.new_event_loop": "new_event_loop",
    "anyio.run": "anyio.run",
    "anyio.from_thread.start_blocking_portal": "start_blocking_portal",
    "asgiref.sync.async_to_sync": "async_to_sync",
}
_METHODS = frozenset({"run_until_complete", "run_forever"})
RUNNERS = _METHODS | {"asyncio.run", "anyio.run", "Runner", "start_blocking_portal", "async_to_sync"}
"""Those that run a loop."""


def read_calls(sources: Sources, body: Body) -> Iterator[LoopCall]:
    """Those of one body."""
    for node in body.nodes:
        found = ""
        argument = ""
        if isinstance(node, ast.Call):
            name = sources.qualify(body.module, node.func)
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            found = _NAMES.get(name, method if method in _METHODS else "")
            argument = ", ".join(map(ast.unparse, [*node.args, *node.keywords]))
            if not found and _sets_debug(node):
                found, argument = DEBUG, ast.unparse(node.args[1])
        elif isinstance(node, ast.Assign) and DEBUG in ast.unparse(node.targets[0]):
            found, argument = DEBUG, ast.unparse(node.value)
        elif isinstance(node, ast.Constant) and node.value == WORKER:
            found = WORKER
        if found:
            yield LoopCall(
                place=body.place(node),
                what=found,
                argument=argument,
                owner=body.name,
                condition=find_condition(body.module, node),
            )
    if isinstance(body.node, Function) and body.name == FACTORIES:
        returned = [ast.unparse(one.value) for one in body.nodes if isinstance(one, ast.Return) and one.value]
        yield LoopCall(place=body.place(body.node), what=FACTORIES, argument=" or ".join(returned))


def _sets_debug(call: ast.Call) -> bool:
    """`os.environ.setdefault("PYTHONASYNCIODEBUG", "1")`, `monkeypatch.setenv(…)`."""
    named = isinstance(call.func, ast.Attribute) and call.func.attr in ("setdefault", "setenv", "putenv")
    return named and len(call.args) > 1 and ast.unparse(call.args[0]).strip("'\"") == DEBUG
