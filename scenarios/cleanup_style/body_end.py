"""The test itself closes, on its last line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`await client.aclose()` on the last line of each test body; not reached when the test fails",
    phrase="`aclose()` at the end of the test itself",
    sources=("https://valkey-py.readthedocs.io/en/latest/examples/asyncio_examples.html",),
    needs=(Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(body_end=("await client.aclose()",))
