"""What `catalogue` and its page say of a value."""

from __future__ import annotations

from docs.reference import catalogue_page
from harness.catalogue.value import Needs, Value
from harness.commands.catalogue import list_limits


def test_a_bare_name_that_is_needed_is_not_said_to_be_nowhere() -> None:
    versions = Needs("python>=3.11", "`asyncio.Runner` came with Python 3.11")
    bare = Needs("anyio", "anyio has no release for this Python")
    assert list_limits(Value(meaning="one", sources=(), needs=(versions, bare))) == [
        "needs python>=3.11: `asyncio.Runner` came with Python 3.11",
        "needs anyio: not applicable where anyio has no release for this Python",
    ]
    assert "needs `anyio`: not applicable where anyio has no release" in catalogue_page()
