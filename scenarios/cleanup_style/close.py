"""The name that `aclose` had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`await client.close()`, deprecated in favour of `aclose`",
    phrase="an awaited `close()`",
    sources=("https://github.com/aio-libs-abandoned/aioredis-py/issues/1103",),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(colour="async", after=("await client.close()",))
