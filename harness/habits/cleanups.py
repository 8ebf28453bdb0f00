"""The axis `cleanup_style`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.cases import DECORATOR as CASE
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
_DRIVERS = {"asyncio.run": "asyncio_run", "Runner": "runner_close", "run_until_complete": "run_until_complete"}


def flushes_around(fixture: Fixture) -> bool:
    """Whether it does nothing but empty the database around each test."""
    around = fixture.autouse or fixture.decorator == CASE
    return around and not fixture.returns and bool(_FLUSHES.intersection(fixture.calls))


def find_cleanup(usage: ClientUsage) -> Trait:
    """How the client is put away."""
    if usage.client.library == UNKNOWN and usage.fixture is not None and usage.fixture.is_async:
        return Trait(axis=AXIS, value="aclose" if usage.fixture.is_generator else "none")
    # On a pool of its own place, closing the client keeps the connections: what closes them decides.
    order = _ORDER if usage.pool is None else ("pool_disconnect", *_ORDER)
    closings = sorted(usage.closings, key=lambda one: (order.index(one.how), not _is_in_test(usage, one)))
    if not closings:
        flushing = "an autouse fixture empties the database" if any(map(flushes_around, usage.fixtures)) else ""
        return Trait(axis=AXIS, value="none", departs=flushing)
    closing = closings[0]
    value, departs = _find_value(usage, closing)
    if value == "aclose" and any(map(flushes_around, usage.fixtures)):
        value = "flush_around"
    return Trait(axis=AXIS, value=value, place=closing.place, departs=departs)


def _is_in_test(usage: ClientUsage, closing: ClosingSite) -> bool:
    return stands_in(closing.place.file, closing.place.line, usage.test)


def _find_value(usage: ClientUsage, closing: ClosingSite) -> tuple[str, str]:
    """The value, and how the suite differs from it."""
    if closing.how in ("aclose", "close") and closing.driven_by == "nothing" and usage.client.library in RESP:
        return "none", f"`{closing.name}.{closing.how}()` is not awaited"
    if closing.by_loop or closing.driven_by in _DRIVERS:
        return "loop_shutdown" if closing.by_loop else _DRIVERS[closing.driven_by], ""
    if closing.how in _VALUES:
        return _VALUES[closing.how], ""
    if _is_in_test(usage, closing) and (
        usage.fixture is not None or usage.client.where != "test" or not closing.always
    ):
        return "body_end", ""
    elsewhere = closing.driven_by == "run_coroutine_threadsafe"
    departs = "`run_coroutine_threadsafe` runs it on a loop of another thread" if elsewhere else ""
    return "close" if closing.how == "close" and usage.client.library in RESP else "aclose", departs
