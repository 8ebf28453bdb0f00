"""A session-wide `event_loop`, the cure of the years before loop scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a redefinition of the `event_loop` fixture with session scope, in conftest",
    phrase="a session-wide `event_loop`",
    sources=(
        "https://github.com/pytest-dev/pytest-asyncio/issues/38",
        "https://github.com/pytest-dev/pytest-asyncio/issues/706",
    ),
)


def build(draft: Draft) -> None:
    """Redefine the fixture. From pytest-asyncio 1.0 on it is a fixture like any other, and people still have it."""
    draft.conftest.add(
        """\
@pytest.fixture(scope="session")
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()""",
        "import asyncio",
        "import pytest",
    )
