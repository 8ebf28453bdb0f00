"""The axis `loop_policy`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from harness.habits.calls import DEBUG, FACTORIES
from harness.habits.fixtures import FixtureTable
from harness.habits.model import Undecided
from harness.habits.runners import ANYIO, UNITTEST, find_backend
from harness.habits.sources import CONFTEST, OWN
from harness.habits.traits import Trait

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.habits.model import Fixture, Habits, LoopCall, TestFunction
    from harness.habits.usage import ClientUsage

AXIS = "loop_policy"
_POLICIES = ("set_event_loop_policy", "uvloop.install")
_SYSTEM = re.compile(r"platform|os\.name|system\(\)|win32")
_UVLOOP = re.compile(r"\b(uv|win)loop\b")


def list_conditional(calls: Iterable[LoopCall]) -> tuple[Undecided, ...]:
    """Policies that are set only if something holds that isn't the system."""
    why = "it is set only if {}"
    return tuple(
        Undecided(place=one.place, what=f"{one.what}({one.argument})", why=why.format(one.condition))
        for one in calls
        if one.what in _POLICIES and _depends(one)
    )


def _depends(call: LoopCall) -> bool:
    return bool(call.condition) and not _SYSTEM.search(call.condition)


def find_policy(habits: Habits, usage: ClientUsage) -> Trait:
    """Which loops there are and who says so. What comes first has the last word."""
    file = usage.test.id.partition(OWN)[0]
    own = _list_backends(habits, usage.test) if usage.test.runner else _list_fixtures(habits, file)
    found = [*own, *_list_calls(habits, usage.test)]
    first = next(iter(found), None)
    if first is None:
        return Trait(axis=AXIS, value="default")
    other = next((one for one in found if one.value != first.value), None)
    if other is not None and not first.departs:
        return Trait(
            axis=AXIS, value=first.value, place=first.place, departs=f"{other.value} is there too: {other.place}"
        )
    return first


def _list_fixtures(habits: Habits, file: str) -> Iterator[Trait]:
    table = FixtureTable(habits)
    loop = table.find("event_loop", file)
    if loop is not None:
        departs = "" if loop.scope == "session" else f"its scope is {loop.scope or 'function'}"
        yield Trait(axis=AXIS, value=_uvloop_or(habits, loop, "event_loop_override"), place=loop.place, departs=departs)
    policy = table.find("event_loop_policy", file)
    if policy is not None:
        departs = "" if policy.scope == "session" else f"its scope is {policy.scope or 'function'}"
        value = "uvloop" if _UVLOOP.search(policy.returns) else "policy_fixture"
        yield Trait(axis=AXIS, value=value, place=policy.place, departs=departs)


def _list_backends(habits: Habits, test: TestFunction) -> Iterator[Trait]:
    """The runner's own choice. What pytest-asyncio has for it says nothing to other runners."""
    if test.factory and test.runner == UNITTEST:
        own = _UVLOOP.search(test.factory)
        departs = "" if own else f"the test case's `loop_factory` is {test.factory}"
        yield Trait(axis=AXIS, value="uvloop" if own else "default", place=test.place, departs=departs)
    backend = find_backend(habits, test) if test.runner == ANYIO else None
    if backend is not None and "'use_uvloop': True" in backend.returns:
        yield Trait(axis=AXIS, value="uvloop", place=backend.place)


def _uvloop_or(habits: Habits, fixture: Fixture, value: str) -> str:
    inside = [one for one in habits.calls if one.owner == fixture.name and one.place.file == fixture.place.file]
    return "uvloop" if any(_UVLOOP.search(one.argument) for one in inside) else value


def _concerns(habits: Habits, call: LoopCall, file: str) -> bool:
    """Whether a call has a say in the tests of a file: a conftest's below its folder, a test module's in itself."""
    name = call.place.file
    if posixpath.basename(name) == CONFTEST:
        folder = posixpath.dirname(name)
        return not folder or file.startswith(f"{folder}/")
    return name == file or all(one.place.file != name for one in habits.tests)


def _list_calls(habits: Habits, test: TestFunction) -> Iterator[Trait]:
    file = test.id.partition(OWN)[0]
    calls = [one for one in habits.calls if _concerns(habits, one, file)]
    for call in sorted(calls, key=lambda one: one.what != FACTORIES):
        if call.what == FACTORIES and test.runner:
            continue
        if call.what == FACTORIES:
            several = call.argument.count(":") > 1
            value = "factory_choice" if several and test.factory else "loop_factories"
            value = "uvloop" if _UVLOOP.search(call.argument) else value
            departs = "it names more than one factory" if several and value != "factory_choice" else ""
            yield Trait(axis=AXIS, value=value, place=call.place, departs=departs)
        elif call.what in _POLICIES and not _depends(call):
            yield _read_policy(call)
        elif call.what == DEBUG and not call.owner and call.argument.strip("'\"") not in ("", "0"):
            yield Trait(axis=AXIS, value="debug", place=call.place)
    for setting in () if test.runner else habits.settings:
        if setting.name == "asyncio_debug" and setting.value in ("1", "true", "True", "yes", "on"):
            yield Trait(
                axis=AXIS, value="debug", place=setting.place, departs="pytest-asyncio's setting switches it on"
            )


def _read_policy(call: LoopCall) -> Trait:
    """A policy that is set: by its name, when a module is imported."""
    departs = f"`{call.owner}` sets it, not the import of conftest" if call.owner else ""
    for value, sign in (("windows_selector", "WindowsSelector"), ("windows_proactor", "WindowsProactor")):
        if sign in call.argument:
            return Trait(axis=AXIS, value=value, place=call.place, departs=departs)
    if call.what == "uvloop.install" or _UVLOOP.search(call.argument):
        return Trait(axis=AXIS, value="uvloop", place=call.place, departs=departs)
    departs = departs or "it is set when a module is imported"
    return Trait(axis=AXIS, value="policy_fixture", place=call.place, departs=departs)
