"""The reference is dropped and the garbage collector is asked to do the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="`del client` and `gc.collect()`: only `__del__` closes it",
    phrase="the garbage collector alone",
    sources=("https://github.com/redis/redis-py/pull/3438",),
)


def build(draft: Draft) -> None:
    """Say how the client is put away."""
    draft.closing = Closing(after=("del client", "gc.collect()"), imports=("import gc",))
