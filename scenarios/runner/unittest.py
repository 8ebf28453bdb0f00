"""The standard library's `IsolatedAsyncioTestCase` runs the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`unittest.IsolatedAsyncioTestCase` runs the tests, with `setUp` and its like in place of fixtures",
    phrase="`unittest`",
    sources=(
        "https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase",
        "https://pytest-asyncio.readthedocs.io/en/stable/",
    ),
    excludes=(
        Excludes("fixture_scope in (package, session)", "unittest has no setup that is wider than a module"),
        Excludes("loop_scope != unset", "loop scopes are pytest-asyncio's; unittest has a loop for each test"),
        Excludes("asyncio_mode = plain_fixture", "a `unittest` suite has no fixtures"),
        Excludes("creation_site = event_loop_fixture", "`event_loop` is a fixture of pytest-asyncio"),
        Excludes(
            "loop_policy in (policy_fixture, loop_factories, factory_choice, event_loop_override)",
            "pytest-asyncio's own fixtures and hooks say nothing to unittest",
        ),
        Excludes(
            "creation_site = class_attribute and cleanup_style = drop_and_collect and fixture_scope = function",
            "a test can't delete an attribute of its class",
        ),
    ),
)


def check(draft: Draft) -> str | None:
    """Only what belongs to one test can be awaited."""
    if draft.scope != "function" and "async" in {draft.source.colour, draft.closing.colour}:
        return "unittest awaits nothing in the setup and the cleanup of a class or a module"
    return None
