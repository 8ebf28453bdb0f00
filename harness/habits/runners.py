"""The axis `runner`: what runs the async tests, and how that differs from what the catalogue's suites do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.fixtures import FixtureTable
from harness.habits.marks import PLAIN, SCOPES
from harness.habits.sources import OWN
from harness.habits.traits import Trait

if TYPE_CHECKING:
    from harness.habits.model import Fixture, Habits, TestFunction
    from harness.habits.usage import ClientUsage

AXIS = "runner"
ANYIO, UNITTEST = "anyio", "unittest"
BACKEND = "anyio_backend"
"""The fixture that says on what anyio's plugin runs a test."""


def find_runner(habits: Habits, usage: ClientUsage) -> Trait:
    """What runs the test."""
    test = usage.test
    if test.runner == ANYIO:
        backend = find_backend(habits, test)
        place = backend.place if backend is not None else None
        return Trait(axis=AXIS, value=ANYIO, place=place, departs=_compare_anyio(usage, backend))
    return Trait(axis=AXIS, value=test.runner or "pytest_asyncio")


def find_backend(habits: Habits, test: TestFunction) -> Fixture | None:
    """The suite's own fixture that chooses anyio's backend."""
    return FixtureTable(habits).find(BACKEND, test.id.partition(OWN)[0])


def _compare_anyio(usage: ClientUsage, backend: Fixture | None) -> str:
    other = next((one for one in usage.handing if one.is_async and one.decorator != PLAIN), None)
    if other is not None:
        return f"`{other.name}` is a fixture of pytest-asyncio"
    if usage.test.backends:
        return "" if set(usage.test.backends) == {"asyncio"} else "the tests run on another backend too"
    if backend is None:
        return f"no `{BACKEND}` chooses asyncio: the tests run on trio too, if it is installed"
    if not backend.returns.removeprefix("(").startswith("'asyncio'"):
        return f"`{BACKEND}` gives `{backend.returns}`"
    scope, own = (usage.fixture.scope if usage.fixture else None) or SCOPES[0], backend.scope or SCOPES[0]
    narrower = scope in SCOPES and own in SCOPES and SCOPES.index(own) < SCOPES.index(scope)
    return f"the scope of `{BACKEND}` is narrower than the client's" if narrower else ""
