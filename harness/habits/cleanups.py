"""The axis `cleanup_style`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.traits import Trait
from harness.habits.usage import UNKNOWN, stands_in

if TYPE_CHECKING:
    from harness.habits.model import ClosingSite, Fixture
    from harness.habits.usage import ClientUsage

AXIS = "cleanup_style"
RESP = frozenset({"valkey", "redis", "aioredis"})
"""Libraries in which `close` is the old name of `aclose`; in others it is the documented one."""

_FLUSHES = frozenset({"flushdb", "flushall"})
_ORDER = ("async_with", "aclose", "close", "pool_disconnect", "delete")
_VALUES = {"pool_disconnect": "pool_disconnect", "delete": "drop_and_collect", "async_with": "async_with"}
_DRIVERS = {"asyncio.run": "asyncio_run", "run_until_complete": "run_until_complete"}


def flushes_around(fixture: Fixture) -> bool:
    """Whether it does nothing but empty the database around each test."""
    return fixture.autouse and not fixture.returns and bool(_FLUSHES.intersection(fixture.calls))


def find_cleanup(usage: ClientUsage) -> Trait:
    """How the client is put away."""
    if usage.client.library == UNKNOWN and usage.fixture is not None and usage.fixture.is_async:
        return Trait(axis=AXIS, value="aclose" if usage.fixture.is_generator else "none")
    closings = sorted(usage.closings, key=lambda one: _ORDER.index(one.how))
    if not closings:
        flushing = "an autouse fixture empties the database" if any(map(flushes_around, usage.fixtures)) else ""
        return Trait(axis=AXIS, value="none", departs=flushing)
    closing = closings[0]
    value, departs = _find_value(usage, closing)
    if value == "aclose" and any(map(flushes_around, usage.fixtures)):
        value = "flush_around"
    return Trait(axis=AXIS, value=value, place=closing.place, departs=departs)


def _find_value(usage: ClientUsage, closing: ClosingSite) -> tuple[str, str]:
    """The value, and how the suite differs from it."""
    if closing.how in ("aclose", "close") and closing.driven_by == "nothing" and usage.client.library in RESP:
        return "none", f"`{closing.name}.{closing.how}()` is not awaited"
    if closing.driven_by in _DRIVERS:
        return _DRIVERS[closing.driven_by], ""
    if closing.how in _VALUES:
        return _VALUES[closing.how], ""
    in_test = stands_in(closing.place.file, closing.place.line, usage.test)
    if in_test and (usage.fixture is not None or usage.client.where != "test" or not closing.always):
        return "body_end", ""
    if closing.how == "close" and usage.client.library in RESP:
        return "close", ""
    return "aclose", ""
