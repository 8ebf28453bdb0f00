"""A transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="set, get and delete one key in a transaction",
    phrase="a transaction",
    sources=("https://valkey.io/commands/",),
)


def build(draft: Draft) -> None:
    """The statements of each test."""
    draft.work = (
        "async with client.pipeline(transaction=True) as pipe:",
        '    pipe.set("{key}", "ripe").get("{key}").delete("{key}")',
        "    results = await pipe.execute()",
        'assert results[1] == b"ripe"',
    )
