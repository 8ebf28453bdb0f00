"""A sync test that calls `asyncio.run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync test that calls `asyncio.run`",
    phrase="a sync test that calls `asyncio.run`",
    sources=("https://github.com/pytest-dev/pytest-asyncio/issues/724",),
)


def build(draft: Draft) -> None:
    """The body of the sync test."""
    draft.between = ("asyncio.run(asyncio.sleep(0))",)
