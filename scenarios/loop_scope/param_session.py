"""The mark with the loop scope comes by a parameter of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="fixtures on the session's loop, and the mark that moves a test there on a `pytest.param`",
    phrase="the session, for tests by a parameter's mark",
    sources=(
        "https://docs.pytest.org/en/stable/how-to/skipping.html#skip-xfail-with-parametrize",
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html",
    ),
    needs=(
        Needs(
            "pytest-asyncio>=0.24",
            "before pytest-asyncio 0.24 the loop of a fixture always had the fixture's own scope",
        ),
    ),
)


def build(draft: Draft) -> None:
    """The test function itself has no mark."""
    draft.fixture_loop = draft.test_loop = "session"
    draft.mark_by = "parameter"
