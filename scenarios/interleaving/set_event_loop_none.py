"""A sync test that unsets the current event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync test that calls `asyncio.set_event_loop(None)`",
    phrase="a sync test that calls `asyncio.set_event_loop(None)`",
    sources=("https://github.com/pytest-dev/pytest-asyncio/issues/1177",),
)


def build(draft: Draft) -> None:
    """The body of the sync test."""
    draft.between = ("asyncio.set_event_loop(None)",)
