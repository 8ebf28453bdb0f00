"""An autouse fixture that empties the database before and after each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="autouse `flushdb` before and after each test, then `aclose`",
    phrase="`flushdb` around each test, then `aclose()`",
    sources=("https://github.com/valkey-io/valkey-py/issues/216",),
    needs=(Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(
        colour="async",
        after=("await client.aclose()",),
        around_before=("await client.flushdb()",),
        around_after=("await client.flushdb()",),
    )
