"""Tests and fixtures run on one loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="one loop for all tests and fixtures of the session",
    phrase="the session, for tests and fixtures",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/run_session_tests_in_same_loop.html",
        "https://github.com/pytest-dev/pytest-asyncio/issues/744",
    ),
    needs=(
        Needs(
            "pytest-asyncio>=0.24",
            "before pytest-asyncio 0.24 the loop of a fixture always had the fixture's own scope",
        ),
    ),
)


def build(draft: Draft) -> None:
    """Said on each test and each fixture."""
    draft.fixture_loop = draft.test_loop = "session"
