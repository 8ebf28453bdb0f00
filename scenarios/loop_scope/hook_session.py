"""A hook in conftest moves every test to the session's loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value
from scenarios.loop_scope import session

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="fixtures on the session's loop, and a hook in conftest that marks every async test with it",
    phrase="the session, for tests by a hook",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/v0.26.0/how-to-guides/run_session_tests_in_same_loop.html",
        "https://github.com/pytest-dev/pytest-asyncio/issues/744",
    ),
    needs=session.VALUE.needs,
)


def build(draft: Draft) -> None:
    """The hook of the documentation. It puts its mark before the tests' own."""
    session.build(draft)
    draft.mark_by = "hook"
    draft.conftest.add(
        """\
def pytest_collection_modifyitems(items):
    on_session_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if is_async_test(item):
            item.add_marker(on_session_loop, append=False)""",
        "import pytest",
        "from pytest_asyncio import is_async_test",
    )
