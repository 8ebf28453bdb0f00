"""A sync test that asks for an async fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a sync test that asks for the client, which an async fixture makes",
    phrase="a sync test that asks for the async fixture",
    sources=(
        "https://docs.pytest.org/en/stable/deprecations.html#sync-test-depending-on-async-fixture",
        "https://github.com/pytest-dev/pytest/issues/10839",
    ),
    excludes=(Excludes("runner = unittest", "a `unittest` suite has no fixtures"),),
)


def build(draft: Draft) -> None:
    """The body of the sync test."""
    draft.between = ("assert client.connection_pool is not None",)
    draft.between_requests = ("client",)


def check(draft: Draft) -> str | None:
    """Only suites whose client comes from an async fixture."""
    if any("async def client(" in block or "async def bare_client(" in block for block in draft.fixtures.blocks):
        return None
    return "no async fixture makes the client"
