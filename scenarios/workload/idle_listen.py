"""A subscription on which nothing arrives for longer than the newer clients wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the first test listens for 6 s to a channel on which nothing is published",
    phrase="a subscription that stays idle for 6 s",
    sources=(
        "https://github.com/redis/redis-py/issues/4098",
        "https://github.com/valkey-io/valkey-py/issues/226",
    ),
    alone="a suite takes six seconds, and what it shows depends on the client's release, not on loops",
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.first_work = (
        "async with client.pubsub(ignore_subscribe_messages=True) as pubsub:",
        '    await pubsub.subscribe("{key}")',
        "    with pytest.raises(asyncio.TimeoutError):",
        "        await asyncio.wait_for(pubsub.listen().__anext__(), timeout=6)",
    )
    draft.work = (
        'await client.set("{key}", "ripe")',
        'assert await client.get("{key}") == b"ripe"',
        draft.delete_key,
    )
