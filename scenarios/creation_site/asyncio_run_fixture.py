"""A client connected under `asyncio.run` in a sync fixture, or by asgiref's `async_to_sync`, which shows the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync fixture connects the client under `asyncio.run`, on a loop that is closed afterwards",
    phrase="under `asyncio.run` in a fixture",
    sources=(
        "https://docs.python.org/3/library/asyncio-runner.html",
        "https://docs.djangoproject.com/en/stable/topics/async/#async-to-sync",
    ),
)


def build(draft: Draft) -> None:
    """The connection belongs to the loop that `asyncio.run` has already closed."""
    draft.fixtures.add(
        f"async def connect():\n    client = {draft.new_client}\n    await client.ping()\n    return client",
        "import asyncio",
        "import os",
        draft.client_import,
    )
    draft.source = ClientSource(expression="asyncio.run(connect())", colour="sync")
