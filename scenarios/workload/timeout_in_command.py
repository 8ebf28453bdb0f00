"""A command that is given up before its answer comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`asyncio.wait_for` gives up a `blpop`; the client's next command must get its own answer",
    phrase="a command that times out, then another",
    sources=(
        "https://github.com/redis/redis-py/issues/2624",
        "https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for",
    ),
)


def build(draft: Draft) -> None:
    """The first command connects, so that the time is up when the second one waits for its answer."""
    draft.test_imports.update({"import asyncio", "import pytest"})
    draft.work = (
        "await client.ping()",
        "with pytest.raises(asyncio.TimeoutError):",
        '    await asyncio.wait_for(client.blpop("{key}"), timeout=0.05)',
        'assert await client.echo("{key}") == b"{key}"',
    )
