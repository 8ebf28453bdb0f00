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
    if draft.has_glide:
        draft.test_imports.add("from glide import Batch")
        draft.work = (
            "batch = Batch(is_atomic=True)",
            'batch.set("{key}", "ripe").get("{key}").delete(["{key}"])',
            "results = await client.exec(batch, raise_on_error=True)",
            'assert results[1] == b"ripe"',
        )
        return
    draft.work = (
        "async with client.pipeline(transaction=True) as pipe:",
        '    pipe.set("{key}", "ripe").get("{key}").delete("{key}")',
        "    results = await pipe.execute()",
        'assert results[1] == b"ripe"',
    )
