"""The pool is disconnected, the client is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`await client.connection_pool.disconnect()`",
    phrase="disconnecting the pool",
    sources=(
        "https://github.com/aio-libs-abandoned/aioredis-py/issues/1103",
        "https://github.com/redis/redis-py/issues/2865",
    ),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(colour="async", after=("await client.connection_pool.disconnect()",))
