"""Several connections at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="five commands at the same time under `asyncio.gather`",
    phrase="several commands at once",
    sources=("https://valkey.io/commands/",),
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.test_imports.add("import asyncio")
    draft.work = (
        'await asyncio.gather(*(client.incr("{key}") for _ in range(5)))',
        'assert await client.get("{key}") == b"5"',
        draft.delete_key,
    )
