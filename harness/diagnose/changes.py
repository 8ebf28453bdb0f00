"""A change between two cells, in words for the line of the suite where it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.case_words import fit_words
from harness.habits.creation import APPLICATIONS
from harness.habits.runners import AXIS as RUNNER
from harness.habits.runners import UNITTEST
from harness.habits.usage import is_shared

if TYPE_CHECKING:
    from harness.catalogue.catalogue import Catalogue
    from harness.habits.axes import Combination
    from harness.habits.model import SourcePlace
    from harness.knowledge.model import Change

_RUNNERS = {
    "anyio": "have anyio's plugin run all async tests and fixtures: `pytest.mark.anyio` on the tests, "
    "`@pytest.fixture` on the fixtures, and a fixture `anyio_backend` that returns 'asyncio'",
    "pytest_asyncio": "have pytest-asyncio run all async tests and fixtures: `pytest.mark.asyncio` on the tests, "
    "`@pytest_asyncio.fixture` on the async fixtures",
    "unittest": "write the tests again as cases of `unittest.IsolatedAsyncioTestCase`",
}
_LOOP_SCOPES = {
    "ini_session": "both loop scopes 'session' in pytest's configuration, and none on fixtures and tests",
    "fixture_scope_ini": "asyncio_default_fixture_loop_scope = fixture-scope in pytest's configuration",
    "hook_session": "a hook in conftest that marks the tests with the session's loop",
    "param_session": "the mark with the session's loop on each `pytest.param` of the tests",
}
_AWAITED = frozenset({"aclose", "close", "pool_disconnect"})
"""Ways to put a client away that are awaited after a test."""

_SETTING = "asyncio_mode = {} in pytest's configuration"


def describe_change(
    change: Change, found: Combination, catalogue: Catalogue, runner: str
) -> tuple[str, SourcePlace | None]:
    """What one does, and where. `runner` runs the tests after it."""
    place = next((one.place for one in found.traits if one.axis == change.axis), None)
    describe = _describe_in_case if runner == UNITTEST and change.axis != RUNNER else _describe
    text = describe(change, found, catalogue)
    if change.axis == "fixture_scope":
        return text, place or found.place
    return text, found.place if change.axis == "loop_scope" else place or _find_place(change, found)


def _find_place(change: Change, found: Combination) -> SourcePlace | None:
    if change.axis == "cleanup_style" and is_shared(found.client):
        return None  # where it is made, nothing can be awaited
    return found.place if change.axis in ("cleanup_style", "asyncio_mode") else None


def _describe(change: Change, found: Combination, catalogue: Catalogue) -> str:
    if change.axis not in catalogue.axes:
        return f"{change.axis} {change.after} in place of {change.before}"
    if change.axis == "workload" and change.before == "cancel_scope":
        return "enter and leave the cancel scope in the test itself, not in a fixture"
    if change.axis == "loop_policy" and change.after == "default":
        return f"drop what chooses the loops: {_explain_value(change.axis, change.before, catalogue)}"
    described = {
        "loop_scope": _describe_loop_scope,
        "fixture_scope": lambda change, found: f"give {_name(found)} the scope {change.after!r}",
        "creation_site": lambda change, _: _describe_site(change, catalogue),
        "runner": lambda change, _: _describe_runner(change),
        "asyncio_mode": _describe_mode,
    }
    describe = described.get(change.axis)
    if describe is not None:
        return describe(change, found)
    text = _explain_value(change.axis, change.after, catalogue)
    if change.axis != "cleanup_style":
        return text
    where = "in an async fixture that the tests have, " if is_shared(found.client) else ""
    if found.values["creation_site"] in APPLICATIONS.values():
        where = "when the application shuts down, "
    return f"{where}put the client away so: {text}"


def _describe_in_case(change: Change, found: Combination, catalogue: Catalogue) -> str:
    """The same in a test case of `unittest`."""
    if change.axis == "fixture_scope" and change.after == "function":
        return f"do in `asyncSetUp` or `setUp`, for each test, what {_name(found)} does"
    if change.axis == "cleanup_style" and change.after == "async_with":
        return "enter the client in `asyncSetUp`: `await self.enterAsyncContext(client)`"
    if change.axis == "cleanup_style" and change.after in _AWAITED:
        return f"in `asyncTearDown`, put the client away so: {_explain_value(change.axis, change.after, catalogue)}"
    return fit_words(_describe(change, found, catalogue), UNITTEST)


def _name(found: Combination) -> str:
    return found.fixture.words if found.fixture is not None else "a fixture for the client"


def _describe_loop_scope(change: Change, found: Combination) -> str:
    scope = (found.fixture.scope if found.fixture else None) or "function"
    if change.after in _LOOP_SCOPES:
        by_mark = change.after in ("hook_session", "param_session")
        return _LOOP_SCOPES[change.after] + (f', and loop_scope="session" on {_name(found)}' if by_mark else "")
    named = scope if change.after == "fixture" else "session"
    fixture = _name(found)
    if change.after == "mixed":
        return f'loop_scope="session" on {fixture}, and none on its tests'
    if change.after == "unset":
        return f"no loop_scope on {fixture} and on its tests"
    alone = found.fixture is None or not found.fixture.is_async
    on_tests = f'pytest.mark.asyncio(loop_scope="{named}") on the tests'
    return f"{on_tests} that use it" if alone else f'loop_scope="{named}" on {fixture}, and {on_tests} that use it'


def _describe_site(change: Change, catalogue: Catalogue) -> str:
    if (change.before, change.after) == ("app_test_client", "app_test_client_with"):
        return "enter the `TestClient` by `with`, so that all requests share its loop"
    values = catalogue.axes[change.axis].values
    return f"make the client {values[change.after].value.phrase}, not {values[change.before].value.phrase}"


def _describe_runner(change: Change) -> str:
    return _RUNNERS[change.after]


def _describe_mode(change: Change, found: Combination) -> str:
    if change.before == "plain_fixture" and change.after == "strict":
        return f"`@pytest_asyncio.fixture` in place of `@pytest.fixture` on {_name(found)}"
    if change.after == "plain_fixture":
        return f"`@pytest.fixture` in place of `@pytest_asyncio.fixture` on {_name(found)}"
    more = ", and a mark on each async test" if change.after == "strict" else ""
    return _SETTING.format(change.after) + more


def _explain_value(axis: str, value: str, catalogue: Catalogue) -> str:
    return catalogue.axes[axis].values[value].value.meaning
