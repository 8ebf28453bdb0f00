"""Strict mode, but the async fixture is under plain `pytest.fixture`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="strict mode with async fixtures under plain `pytest.fixture`",
    phrase="strict, with async fixtures under plain `pytest.fixture`",
    sources=("https://github.com/pytest-dev/pytest-asyncio/issues/390",),
    excludes=(
        Excludes(
            "loop_scope in (fixture, session, mixed, hook_session, param_session)",
            "plain `pytest.fixture` takes no `loop_scope`",
        ),
    ),
)


def build(draft: Draft) -> None:
    """The decorator is the only difference to strict."""
    draft.plain_fixtures = True


def check(draft: Draft) -> str | None:
    """Only suites with an async fixture can have it under the wrong decorator."""
    if any("async def" in block for block in draft.fixtures.blocks):
        return None
    return "this suite has no async fixture"
