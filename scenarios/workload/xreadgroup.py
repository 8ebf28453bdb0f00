"""A consumer group that reads a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a consumer of a group reads an entry of a stream with `xreadgroup` and acknowledges it",
    phrase="a consumer group",
    sources=("https://valkey.io/topics/streams-intro/",),
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.work = (
        'await client.xgroup_create("{key}", "shop", mkstream=True)',
        'added = await client.xadd("{key}", {"state": "ripe"})',
        'received = await client.xreadgroup("shop", "clerk", {"{key}": ">"}, block=5000)',
        "assert received",
        'assert await client.xack("{key}", "shop", added) == 1',
        'await client.delete("{key}")',
    )
