"""One command after the other on one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="set, get and delete one key",
    phrase="one command after the other",
    sources=("https://valkey.io/commands/",),
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.work = (
        'await client.set("{key}", "ripe")',
        'assert await client.get("{key}") == b"ripe"',
        draft.delete_key,
    )
