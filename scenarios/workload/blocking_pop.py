"""A command that waits for another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="one task waits in `blpop` until another pushes",
    phrase="a command that waits",
    sources=("https://valkey.io/commands/",),
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.test_imports.add("import asyncio")
    draft.work = (
        "popped, _ = await asyncio.gather(",
        '    client.blpop("{key}", timeout=5),',
        '    client.rpush("{key}", "ripe"),',
        ")",
        'assert popped[1] == b"ripe"',
    )
