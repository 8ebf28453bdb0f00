"""What findings are called: by what was measured, and by the client or fixture that they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.habits.usage import UNKNOWN
from harness.verdicts.model import Role, Status
from harness.verdicts.signatures import SignatureCategory, load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.diagnose.diagnosis import MeasuredHabit
    from harness.habits.axes import Combination
    from harness.verdicts.model import Verdict

MEANINGS = {
    ("creation_site", "async_fixture"): "an async fixture makes the client",
    ("creation_site", "event_loop_fixture"): "a fixture that asks for `event_loop` makes the client",
    ("creation_site", "cached_getter"): "the client is made when it is first asked for, and kept",
    ("asyncio_mode", "auto"): "auto mode",
    ("workers", "two_shared"): "workers of pytest-xdist run the tests on one database",
    ("workers", "two_separate"): "workers of pytest-xdist run the tests, each on a database that its number chooses",
    ("cleanup_style", "aclose"): "it is closed, and that is awaited, after the tests that it served",
    ("cleanup_style", "flush_around"): "`aclose` closes the client; an autouse fixture empties the database",
}
"""Where the catalogue's words say more than what was read."""

_CATEGORIES = {
    Status.REPRODUCES: (SignatureCategory.ERROR, SignatureCategory.OUTCOME),
    Status.LEAKS: (SignatureCategory.LEAK,),
    Status.WARNS: (SignatureCategory.WARNING,),
}


def list_signatures(verdict: Verdict) -> Iterator[str]:
    """The names that the status comes from, surfaces before roots."""
    categories = load_categories()
    wanted = _CATEGORIES.get(verdict.status, ())
    found = [one for one in verdict.findings if categories.get(one.signature) in wanted]
    found.sort(key=lambda one: (one.role is Role.ROOT, one.channel != "body", -len(one.tests), one.signature))
    yield from dict.fromkeys(one.signature for one in found)


def name_rule(measured: MeasuredHabit | None, *, impossible: bool) -> str:
    if measured is None:
        return "not-applicable" if impossible else "not-measured"
    return next(iter(measured.signatures), measured.status.value)


def write_title(found: Combination) -> str:
    """`redis`, the client of 14 tests."""
    number = len(found.tests)
    tests = "1 test" if number == 1 else f"{number:,} tests"
    if found.handing is not None:
        what = "" if found.client.library == UNKNOWN else f"the {found.client.library} client of "
        return f"{what}{found.handing.words}, which {tests} use{'s' if number == 1 else ''}"
    getter = found.client.owner if found.client.cached and found.client.where == "function" else ""
    name = found.client.name or getter or found.client.expression.partition("(")[0]
    where = "module-level " if found.client.where == "module" else ""
    return f"the {where}{found.client.library} client `{name}` of {tests}"
