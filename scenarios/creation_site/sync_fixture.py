"""A client made in a sync fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync fixture makes the client; it connects when a test first uses it",
    phrase="in a sync fixture",
    sources=("https://github.com/pytest-dev/pytest-asyncio/issues/38",),
)


def build(draft: Draft) -> None:
    """Nothing is awaited in the fixture, so no connection is opened there."""
    draft.fixtures.imports.update({"import os", draft.client_import})
    draft.source = ClientSource(expression=draft.new_client, colour="sync")
