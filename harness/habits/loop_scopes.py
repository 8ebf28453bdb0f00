"""The axes `loop_scope` and `asyncio_mode`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.cleanups import flushes_around
from harness.habits.marks import PLAIN, SCOPES
from harness.habits.traits import Trait

if TYPE_CHECKING:
    from harness.habits.model import Habits, Setting, SourcePlace
    from harness.habits.usage import ClientUsage

LOOPS, MODE = "loop_scope", "asyncio_mode"
FIXTURE_DEFAULT, TEST_DEFAULT = "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope"
UNSET, FUNCTION, SESSION = "unset", "function", "session"
OWN_SCOPE = "fixture-scope"
_BY = {"hook": "hook_session", "parameter": "param_session"}
"""Where the mark of a test comes from, if it isn't written on it."""


def find_setting(habits: Habits, name: str) -> Setting | None:
    """A setting of pytest."""
    return next((one for one in habits.settings if one.name == name), None)


def find_loop_scope(habits: Habits, usage: ClientUsage) -> Trait:
    """How long the loops of the client's fixtures and of the test live, where pytest-asyncio makes them."""
    if usage.test.runner or usage.is_in_thread:
        return Trait(axis=LOOPS, value=UNSET)
    scope = (usage.fixture.scope if usage.fixture else None) or FUNCTION
    fixtures, fixtures_place = _find_fixtures_loop(habits, usage)
    tests, tests_place = _find_tests_loop(habits, usage)
    place = tests_place or fixtures_place
    has_async = any(one.is_async for one in usage.handing)
    named = _name_setting(habits, usage, tests)
    if named is not None:
        return named
    value, departs = _compare(scope, fixtures, tests, has_async=has_async)
    if usage.test.loop_scope == SESSION and value in (SESSION, "fixture") and not departs:
        value = _BY.get(usage.test.mark_by, value)
    return Trait(axis=LOOPS, value=value, place=place, departs=departs)


def _name_setting(habits: Habits, usage: ClientUsage, tests: str) -> Trait | None:
    """The values that settings alone make: neither a mark nor a fixture names a loop scope."""
    asynchronous = [one for one in (*usage.handing, *filter(flushes_around, usage.fixtures)) if one.is_async]
    if usage.test.loop_scope or any(one.loop_scope for one in asynchronous):
        return None
    default, test = find_setting(habits, FIXTURE_DEFAULT), find_setting(habits, TEST_DEFAULT)
    if default is None:
        return None
    if default.value == SESSION and test is not None and test.value == SESSION:
        return Trait(axis=LOOPS, value="ini_session", place=test.place)
    if default.value == OWN_SCOPE and tests in ("", FUNCTION):
        return Trait(axis=LOOPS, value="fixture_scope_ini", place=default.place)
    return None


def _compare(scope: str, fixtures: str, tests: str, *, has_async: bool) -> tuple[str, str]:
    """The value for a client of this scope. `fixtures` and `tests`: loop scopes that are written; empty: none."""
    own = fixtures or scope  # without a loop scope, the loop of a fixture lives as long as the fixture
    if tests and (tests == own or not (fixtures or has_async)):
        if tests in (SESSION, scope):
            return (SESSION if tests == SESSION and (fixtures or scope != SESSION) else "fixture"), ""
        return (SESSION, f"the loop lives for each {tests}") if tests != FUNCTION else (UNSET, "")
    if tests not in ("", FUNCTION):
        return UNSET, f"the fixture's loop lives for each {own}, the test's for each {tests}"
    return _compare_fixtures(scope, fixtures, has_async=has_async)


def _compare_fixtures(scope: str, fixtures: str, *, has_async: bool) -> tuple[str, str]:
    """The same for tests that have a loop each."""
    if fixtures == SESSION:
        return "mixed", ""
    if not has_async or fixtures in ("", scope) or fixtures not in SCOPES:
        return UNSET, ""
    if SCOPES.index(fixtures) < SCOPES.index(scope):
        return UNSET, f"the fixture lives for each {scope}, its loop only for each {fixtures}"
    return "mixed", f"the fixture's loop lives for each {fixtures}"


def _find_fixtures_loop(habits: Habits, usage: ClientUsage) -> tuple[str, SourcePlace | None]:
    """What the async fixtures of the client say, or the setting."""
    around = [one for one in usage.fixtures if flushes_around(one)]
    asynchronous = [one for one in (*usage.handing, *around) if one.is_async]
    for one in asynchronous:
        if one.loop_scope:
            return one.loop_scope, one.place
    default = find_setting(habits, FIXTURE_DEFAULT)
    if default is not None and default.value in SCOPES and asynchronous:
        return default.value, default.place
    return "", None


def _find_tests_loop(habits: Habits, usage: ClientUsage) -> tuple[str, SourcePlace | None]:
    """What the test's mark says, or the setting."""
    if usage.test.loop_scope:
        return usage.test.loop_scope, usage.test.mark
    default = find_setting(habits, TEST_DEFAULT)
    if default is not None and default.value in SCOPES:
        return default.value, default.place
    return "", None


def find_mode(habits: Habits, usage: ClientUsage) -> Trait:
    """Who finds the async functions."""
    setting = find_setting(habits, MODE)
    place = setting.place if setting else None
    departs = "" if usage.test.is_async else "the test is no async one"
    if usage.test.runner or usage.is_in_thread:
        value = "auto" if setting is not None and setting.value == "auto" else "strict"
        return Trait(axis=MODE, value=value, place=place)
    if setting is not None and setting.value == "auto":
        return Trait(axis=MODE, value="auto", place=place, departs=departs)
    around = [one for one in usage.fixtures if flushes_around(one)]
    plain = next((one for one in (*usage.handing, *around) if one.is_async and one.decorator == PLAIN), None)
    if plain is not None:
        return Trait(axis=MODE, value="plain_fixture", place=plain.place)
    if not departs and not usage.test.marked:
        departs = "the test isn't marked, so pytest-asyncio doesn't run it"
    return Trait(axis=MODE, value="strict", place=place, departs=departs)
