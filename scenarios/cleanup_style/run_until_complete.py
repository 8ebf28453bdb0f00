"""Sync code that closes on the current loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`asyncio.get_event_loop().run_until_complete(client.aclose())`",
    phrase="`aclose()` under `run_until_complete`",
    sources=("https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_event_loop",),
    needs=(Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(
        colour="sync",
        after=("asyncio.get_event_loop().run_until_complete(client.aclose())",),
        imports=("import asyncio",),
    )
