"""Only the fixtures were moved to the session's loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value
from scenarios.loop_scope import session

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="fixtures on the session's loop, tests on a loop each",
    phrase="the session, for fixtures alone",
    sources=(
        "https://github.com/pytest-dev/pytest-asyncio/issues/944",
        "https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/change_default_fixture_loop.html",
    ),
    needs=session.VALUE.needs,
)


def build(draft: Draft) -> None:
    """The tests keep their default."""
    draft.fixture_loop = "session"
