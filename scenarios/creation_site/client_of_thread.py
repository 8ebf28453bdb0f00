"""A client connected on a loop that runs in a thread of its own.

The portal of anyio's `start_blocking_portal` is such a thread: `portal.call(connect)` shows the same. asgiref's
`async_to_sync(connect)()` is another habit: its loop ends with the call, as that of `asyncio.run` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync fixture connects the client on a background thread's loop, by `run_coroutine_threadsafe`",
    phrase="on the loop of a background thread",
    sources=(
        "https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe",
        "https://anyio.readthedocs.io/en/stable/threads.html",
    ),
    alone="two threads use the same connection, and which comes first decides what a test shows",
)


def build(draft: Draft) -> None:
    """The thread and its loop stand in app.py and run until the process ends, as such helpers do."""
    draft.app.head.append(
        "loop = asyncio.new_event_loop()\nthreading.Thread(target=loop.run_forever, daemon=True).start()"
    )
    draft.app.add(
        f"async def connect():\n    client = {draft.new_client}\n    await client.ping()\n    return client",
        "import asyncio",
        "import os",
        "import threading",
        draft.client_import,
    )
    draft.app.add("def get_client():\n    return asyncio.run_coroutine_threadsafe(connect(), loop).result(timeout=5)")
    draft.fixtures.imports.add("from app import get_client")
    draft.source = ClientSource(expression="get_client()", colour="sync")
