"""A task that is cancelled while it waits for the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a task is cancelled while it waits in `blpop`; the client's next command must get its own answer",
    phrase="a command whose task is cancelled, then another",
    sources=(
        "https://github.com/redis/redis-py/issues/2624",
        "https://github.com/redis/redis-py/issues/2665",
    ),
)


def build(draft: Draft) -> None:
    """The first command connects, so that the second one waits for its answer when it is cancelled."""
    draft.test_imports.update({"import asyncio", "import pytest"})
    draft.work = (
        "await client.ping()",
        'waiting = asyncio.create_task(client.blpop("{key}"))',
        "await asyncio.sleep(0.05)",
        "waiting.cancel()",
        "with pytest.raises(asyncio.CancelledError):",
        "    await waiting",
        'assert await client.echo("{key}") == b"{key}"',
    )
