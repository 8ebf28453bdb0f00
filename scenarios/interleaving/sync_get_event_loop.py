"""A sync test that asks asyncio for the current loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync test that runs a coroutine on `asyncio.get_event_loop()`",
    phrase="a sync test that calls `asyncio.get_event_loop()`",
    sources=(
        "https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_event_loop",
        "https://github.com/danielcopper/romm-tender/pull/807",
        "https://github.com/basnijholt/adaptive-scheduler/pull/312",
    ),
)


def build(draft: Draft) -> None:
    """The body of the sync test."""
    draft.between = ("asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))",)
