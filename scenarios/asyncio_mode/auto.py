"""The plugin takes every async function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="auto mode: no marks, plain `pytest.fixture`",
    phrase="auto",
    sources=("https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes",),
)


def build(draft: Draft) -> None:
    """Set in pytest.ini."""
    draft.mode = "auto"
