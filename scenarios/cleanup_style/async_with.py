"""The client as a context manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`async with client` around the tests it serves",
    phrase="`async with`",
    sources=("https://valkey-py.readthedocs.io/en/latest/examples/asyncio_examples.html",),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(colour="async", wraps=True)
