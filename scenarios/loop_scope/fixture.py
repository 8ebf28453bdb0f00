"""Tests and fixtures run on a loop that lives as long as the client fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the loop of tests and fixtures lives as long as the client fixture",
    phrase="the fixture's",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/concepts.html",
        "https://github.com/pytest-dev/pytest-asyncio/issues/706",
    ),
    needs=(Needs("pytest-asyncio>=0.23", "loop scopes came with pytest-asyncio 0.23; before, `event_loop` decided"),),
)


def build(draft: Draft) -> None:
    """In 0.23 the mark's argument is `scope`, and a fixture's loop has the fixture's scope anyway."""
    draft.fixture_loop = draft.test_loop = "fixture"
    if draft.target.meets("pytest-asyncio<0.24"):
        draft.mark_keyword, draft.fixture_keyword = "scope", None
