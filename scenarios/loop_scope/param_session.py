"""The mark with the loop scope comes by a parameter of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value
from scenarios.loop_scope import session

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="fixtures on the session's loop, and the mark that moves a test there on a `pytest.param`",
    phrase="the session, for tests by a parameter's mark",
    sources=(
        "https://docs.pytest.org/en/stable/how-to/skipping.html#skip-xfail-with-parametrize",
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html",
    ),
    needs=session.VALUE.needs,
)


def build(draft: Draft) -> None:
    """The test function itself has no mark."""
    session.build(draft)
    draft.mark_by = "parameter"
