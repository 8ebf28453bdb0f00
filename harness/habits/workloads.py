"""The axes `interleaving` and `workload`: of the tests that share a client's habits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.traits import Trait
from harness.habits.usage import stands_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.habits.model import Habits, LoopCall, TestFunction

_BLOCKING = frozenset({"blpop", "brpop", "brpoplpush", "blmove", "blmpop", "bzpopmin", "bzpopmax", "bzmpop"})


def find_interleaving(habits: Habits, tests: Sequence[TestFunction]) -> Trait:
    """What a sync test does before the last of these, or that the first of them fails."""
    axis = "interleaving"
    last = max((one.place.file, one.place.line) for one in tests)
    for call in filter(_name, habits.calls):
        test = next((one for one in habits.tests if stands_in(call.place.file, call.place.line, one)), None)
        if test is not None and not test.is_async and (test.place.file, test.place.line) < last:
            return Trait(axis=axis, value=_name(call), place=call.place)
    first = min(tests, key=lambda one: (one.place.file, one.place.line))
    if first.fails:
        return Trait(axis=axis, value="failing_first", place=first.place)
    return Trait(axis=axis, value="none")


def _name(call: LoopCall) -> str:
    if call.what == "set_event_loop" and call.argument == "None":
        return "set_event_loop_none"
    return "sync_asyncio_run" if call.what == "asyncio.run" else ""


def find_workload(tests: Sequence[TestFunction]) -> Trait:
    """What all of them do; the plain one where they do different things."""
    found = {_find_work(one) for one in tests}
    value = found.pop() if len(found) == 1 else "get_set"
    return Trait(axis="workload", value=value, place=None)


def _find_work(test: TestFunction) -> str:
    calls = set(test.calls)
    if calls & _BLOCKING:
        return "blocking_pop"
    return next((name for name in ("pubsub", "pipeline", "gather") if name in calls), "get_set")
