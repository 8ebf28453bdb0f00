"""Cures that are options of pytest-asyncio, in the suite's own configuration."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.cure.configuration import read_options, set_options
from harness.cure.model import Candidate, CandidateKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.catalogue.target import Target
    from harness.cure.model import Content

MODE = "asyncio_mode"
FIXTURE_LOOPS = "asyncio_default_fixture_loop_scope"
TEST_LOOPS = "asyncio_default_test_loop_scope"

_SINCE = {
    MODE: "pytest-asyncio>=0.17",
    FIXTURE_LOOPS: "pytest-asyncio>=0.24",
    TEST_LOOPS: "pytest-asyncio>=0.26",
}
_FIXTURE_SCOPE_SINCE = "pytest-asyncio>=1.5"


def list_settings(content: Content, target: Target, part: str = "") -> tuple[Candidate, ...]:
    """The settings that these versions know and that would be other ones than now. `part` is what is run."""
    now = read_options(content, part)
    return tuple(
        Candidate(
            name=name,
            title=title,
            kind=CandidateKind.SETTING,
            change=partial(set_options, options=options, part=part),
        )
        for name, title, options in _list_all(now, target)
        if all(target.meets(_SINCE[option]) for option in options)
        and any(now.get(option) != value for option, value in options.items())
    )


def _list_all(now: Mapping[str, str], target: Target) -> Iterator[tuple[str, str, dict[str, str]]]:
    yield (
        "test_loops_session",
        "run all async tests on one loop of the session, by default",
        {TEST_LOOPS: "session"},
    )
    yield (
        "fixture_loops_session",
        "run all async fixtures on one loop of the session, by default",
        {FIXTURE_LOOPS: "session"},
    )
    yield (
        "all_loops_session",
        "run all async tests and fixtures on one loop of the session, by default",
        {FIXTURE_LOOPS: "session", TEST_LOOPS: "session"},
    )
    yield (
        "fixture_loops_function",
        "run every async fixture on the loop of the test that asks for it, by default",
        {FIXTURE_LOOPS: "function"},
    )
    if target.meets(_FIXTURE_SCOPE_SINCE):
        yield (
            "fixture_loops_fixture_scope",
            "run every async fixture on the loop of the fixture's own scope, by default",
            {FIXTURE_LOOPS: "fixture-scope"},
        )
    if TEST_LOOPS in now:
        yield "test_loops_function", "run every async test on a loop of its own, by default", {TEST_LOOPS: "function"}
    if now.get(MODE) == "auto":
        yield "strict_mode", "leave async functions that have no mark to other plugins (strict mode)", {MODE: "strict"}
    else:
        yield "auto_mode", "let pytest-asyncio run all async tests and fixtures (auto mode)", {MODE: "auto"}


def find_trap(before: Content, after: Content, part: str = "") -> str:
    """What a change of these settings leaves to trip over later, in a sentence; empty if it leaves nothing."""
    old, new = read_options(before, part), read_options(after, part)
    widened = new.get(TEST_LOOPS) == "session" != old.get(TEST_LOOPS)
    if not widened or new.get(FIXTURE_LOOPS, "function") != "function":
        return ""
    return f"Async fixtures stay on a loop for each test: one that opens a client needs {FIXTURE_LOOPS} = session, too."
