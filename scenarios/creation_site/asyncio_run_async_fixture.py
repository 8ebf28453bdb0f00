"""A client connected under `asyncio.run` inside an async fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture calls `asyncio.run` to connect the client, while its own loop is running",
    phrase="under `asyncio.run` in an async fixture",
    sources=("https://docs.python.org/3/library/asyncio-runner.html",),
)


def build(draft: Draft) -> None:
    """The same helper as in a sync fixture; here a loop is running already."""
    draft.fixtures.add(
        f"async def connect():\n    client = {draft.new_client}\n    await client.ping()\n    return client",
        "import asyncio",
        "import os",
        draft.client_import,
    )
    draft.source = ClientSource(expression="asyncio.run(connect())", colour="async")
