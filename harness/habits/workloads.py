"""The axes `interleaving` and `workload`: of the tests that share a client's habits."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.habits.traits import Trait
from harness.habits.usage import stands_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.habits.model import Habits, LoopCall, TestFunction
    from harness.habits.scanning import Body
    from harness.habits.sources import Sources
    from harness.habits.usage import ClientUsage

WORKLOAD = "workload"
_CALLS = {"asyncio.run": "sync_asyncio_run", "get_event_loop": "sync_get_event_loop"}
_PATIENCE = 5
"""Seconds for which newer clients wait for the server."""

_BLOCKING = frozenset({"blpop", "brpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop"})

_CANCEL_SCOPES = frozenset({"anyio.create_task_group", "anyio.CancelScope", "anyio.move_on_after", "anyio.fail_after"})
"""They must be left in the task that entered them; `asyncio.timeout` and `asyncio.TaskGroup` needn't."""


def find_interleaving(habits: Habits, tests: Sequence[TestFunction], asking: Sequence[TestFunction]) -> Trait:
    """What a sync test does before the last of these, or that the first of them fails.

    `asking`: sync tests that ask for the async fixture of these.
    """
    axis = "interleaving"
    last = _locate(max(tests, key=_locate))
    for call in filter(_name, habits.calls):
        test = next((one for one in habits.tests if stands_in(call.place.file, call.place.line, one)), None)
        if test is not None and not test.is_async and _locate(test) < last:
            return Trait(axis=axis, value=_name(call), place=call.place)
    if asking:
        return Trait(axis=axis, value="sync_async_fixture", place=asking[0].place)
    first = min(tests, key=_locate)
    if first.fails:
        return Trait(axis=axis, value="failing_first", place=first.place)
    return Trait(axis=axis, value="none")


def _locate(test: TestFunction) -> tuple[str, int]:
    return test.place.file, test.place.line


def _name(call: LoopCall) -> str:
    if call.what == "set_event_loop" and call.argument == "None":
        return "set_event_loop_none"
    return _CALLS.get(call.what, "")


def find_workload(tests: Sequence[TestFunction]) -> Trait:
    """What all of them do; the plain one where they do different things. One that stays idle for long is enough."""
    found = {_find_work(one) for one in tests}
    value = next((one for one in found if one.startswith("idle_")), "get_set") if len(found) > 1 else found.pop()
    return Trait(axis=WORKLOAD, value=value, place=None)


def find_open_scope(sources: Sources, body: Body) -> str:
    """The cancel scope of anyio's in which a function yields; empty: in none."""
    for node in body.nodes:
        if isinstance(node, (ast.With, ast.AsyncWith)) and any(isinstance(one, ast.Yield) for one in ast.walk(node)):
            calls = (item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call))
            names = (sources.qualify(body.module, call.func) for call in calls)
            found = next((one for one in names if one in _CANCEL_SCOPES), "")
            if found:
                return found
    return ""


def find_cancel_scope(usage: ClientUsage) -> Iterator[Trait]:
    """What counts more than anything that the test itself does."""
    fixture = next((one for one in usage.fixtures if one.is_async and one.open_scope), None)
    if fixture is not None:
        yield Trait(axis=WORKLOAD, value="cancel_scope", place=fixture.place)


def _find_work(test: TestFunction) -> str:
    calls = set(test.calls)
    if test.waits > _PATIENCE and "xreadgroup" not in calls:
        if calls & _BLOCKING:
            return "idle_block"
        if "pubsub" in calls and "listen" in calls:
            return "idle_listen"
    if calls & _BLOCKING:
        if {"create_task", "cancel"} <= calls:
            return "cancel_in_command"
        return "timeout_in_command" if {"wait_for", "raises"} <= calls else "blocking_pop"
    return next((name for name in ("xreadgroup", "pubsub", "pipeline", "gather") if name in calls), "get_set")
