"""A change between two cells, in words for the line of the suite where it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.usage import is_shared

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.habits.axes import Combination
    from harness.habits.model import SourcePlace
    from harness.knowledge.model import Change

_SITES = {
    "module_global": "when its module is imported",
    "class_attribute": "in the body of the test class",
    "cached_getter": "in a cached getter",
    "shared_pool": "on a pool that a session-wide sync fixture makes",
    "sync_fixture": "in a sync fixture",
    "async_fixture": "in an async fixture",
    "app_lifespan": "in the application's lifespan, which a fixture enters",
    "asyncio_run_fixture": "under `asyncio.run` in a fixture",
    "event_loop_fixture": "in an async fixture that asks for `event_loop`",
    "inside_test": "in each test",
    "loop_argument": "with the loop as an argument",
}
_SETTING = "asyncio_mode = {} in pytest's configuration"


def describe_change(change: Change, found: Combination, catalogue: Catalogue) -> tuple[str, SourcePlace | None]:
    """What one does, and where."""
    place = next((one.place for one in found.traits if one.axis == change.axis), None)
    text = _describe(change, found, catalogue)
    return text, found.place if change.axis in ("loop_scope", "fixture_scope") else place or _find_place(change, found)


def _find_place(change: Change, found: Combination) -> SourcePlace | None:
    if change.axis == "cleanup_style" and is_shared(found.client):
        return None  # where it is made, nothing can be awaited
    return found.place if change.axis in ("cleanup_style", "asyncio_mode") else None


def _describe(change: Change, found: Combination, catalogue: Catalogue) -> str:
    if change.axis not in catalogue.axes:
        return f"{change.axis} {change.after} in place of {change.before}"
    if change.axis == "loop_policy" and change.after == "default":
        return f"drop what chooses the loops: {_explain_value(change.axis, change.before, catalogue)}"
    described = {
        "loop_scope": _describe_loop_scope,
        "fixture_scope": lambda change, found: f"give {_name(found)} the scope {change.after!r}",
        "creation_site": lambda change, _: f"make the client {_SITES[change.after]}, not {_SITES[change.before]}",
        "asyncio_mode": _describe_mode,
    }
    describe = described.get(change.axis)
    if describe is not None:
        return describe(change, found)
    text = _explain_value(change.axis, change.after, catalogue)
    if change.axis != "cleanup_style":
        return text
    where = "in an async fixture that the tests have, " if is_shared(found.client) else ""
    return f"{where}put the client away so: {text}"


def _name(found: Combination) -> str:
    return f"the fixture `{found.fixture.name}`" if found.fixture is not None else "a fixture for the client"


def _describe_loop_scope(change: Change, found: Combination) -> str:
    scope = (found.fixture.scope if found.fixture else None) or "function"
    named = scope if change.after == "fixture" else "session"
    fixture = _name(found)
    if change.after == "mixed":
        return f'loop_scope="session" on {fixture}, and none on its tests'
    if change.after == "unset":
        return f"no loop_scope on {fixture} and on its tests"
    alone = found.fixture is None or not found.fixture.is_async
    on_tests = f'pytest.mark.asyncio(loop_scope="{named}") on the tests'
    return f"{on_tests} that use it" if alone else f'loop_scope="{named}" on {fixture}, and {on_tests} that use it'


def _describe_mode(change: Change, found: Combination) -> str:
    if change.before == "plain_fixture" and change.after == "strict":
        return f"`@pytest_asyncio.fixture` in place of `@pytest.fixture` on {_name(found)}"
    if change.after == "plain_fixture":
        return f"`@pytest.fixture` in place of `@pytest_asyncio.fixture` on {_name(found)}"
    more = ", and a mark on each async test" if change.after == "strict" else ""
    return _SETTING.format(change.after) + more


def _explain_value(axis: str, value: str, catalogue: Catalogue) -> str:
    return catalogue.axes[axis].values[value].value.meaning
