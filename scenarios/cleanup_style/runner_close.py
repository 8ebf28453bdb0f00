"""An `asyncio.Runner` that lives as long as the client and closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Excludes, Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an `asyncio.Runner` is open as long as the client and runs `client.aclose()` before it closes",
    phrase="`aclose()` in an `asyncio.Runner`",
    sources=("https://docs.python.org/3/library/asyncio-runner.html#asyncio.Runner",),
    needs=(
        Needs("python>=3.11", "`asyncio.Runner` came with Python 3.11"),
        Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),
    ),
    excludes=(Excludes("runner = unittest", "`IsolatedAsyncioTestCase` has a runner of its own"),),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(
        colour="sync",
        within="with asyncio.Runner() as runner:",
        after=("runner.run(client.aclose())",),
        imports=("import asyncio",),
    )
