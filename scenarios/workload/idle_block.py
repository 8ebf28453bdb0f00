"""A pop from a list that stays empty for longer than the newer clients wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the first test waits for 6 s in `blpop` of a list that stays empty",
    phrase="a pop that waits for 6 s",
    sources=(
        "https://github.com/redis/redis-py/issues/4125",
        "https://github.com/valkey-io/valkey-py/issues/187",
    ),
    alone="a suite takes six seconds, and what it shows depends on the client's release, not on loops",
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    keys = '["{key}"]' if draft.has_glide else '"{key}"'
    draft.first_work = (f"assert await client.blpop({keys}, timeout=6) is None",)
    draft.work = (
        'await client.set("{key}", "ripe")',
        'assert await client.get("{key}") == b"ripe"',
        draft.delete_key,
    )
