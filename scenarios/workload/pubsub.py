"""A subscription on a connection of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="subscribe, publish, receive",
    phrase="a subscription",
    sources=("https://valkey.io/commands/",),
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.test_imports.add("from uuid import uuid4")
    draft.work = (
        'channel = f"{key}:{uuid4()}"',
        "async with client.pubsub() as pubsub:",
        "    await pubsub.subscribe(channel)",
        "    await pubsub.get_message(timeout=5)",
        '    await client.publish(channel, "ripe")',
        "    message = await pubsub.get_message(timeout=5)",
        'assert message["data"] == b"ripe"',
    )
