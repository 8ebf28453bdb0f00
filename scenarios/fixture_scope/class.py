"""The client fixture has class scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a client fixture for each test class",
    sources=("https://docs.pytest.org/en/stable/how-to/fixtures.html#fixture-scopes",),
)


def build(draft: Draft) -> None:
    """Set the scope of the client fixture."""
    draft.scope = "class"
