"""Sync code that closes under `asyncio.run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`asyncio.run(client.aclose())`, on a loop of its own",
    phrase="`aclose()` under `asyncio.run`",
    sources=("https://docs.python.org/3/library/asyncio-runner.html",),
    needs=(Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(colour="sync", after=("asyncio.run(client.aclose())",), imports=("import asyncio",))
