"""One loop for the session, by the two options in pytest.ini."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="one loop for the session, by both options in pytest.ini; neither marks nor fixtures name it",
    phrase="the session, by options",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/change_default_test_loop.html",
        "https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/change_default_fixture_loop.html",
    ),
    needs=(Needs("pytest-asyncio>=0.26", "the option for the loop scope of tests came with pytest-asyncio 0.26"),),
)


def build(draft: Draft) -> None:
    """Both options."""
    draft.options.append("asyncio_default_fixture_loop_scope = session")
    draft.options.append("asyncio_default_test_loop_scope = session")
