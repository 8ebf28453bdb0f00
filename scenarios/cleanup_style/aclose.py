"""The documented way: `await client.aclose()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`await client.aclose()` after the tests it served",
    phrase="an awaited `aclose()`",
    sources=("https://valkey-py.readthedocs.io/en/latest/examples/asyncio_examples.html",),
    needs=(Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(colour="async", after=("await client.aclose()",))
