"""A getter that makes the client at its first call and keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a cached `get_client()`, first called from a fixture",
    phrase="by a cached getter",
    sources=(
        "https://docs.python.org/3/library/functools.html#functools.lru_cache",
        "https://github.com/xLydianSoftware/Qubx/pull/270",
    ),
)


def build(draft: Draft) -> None:
    """The getter stands in app.py."""
    draft.app.add(
        f"@lru_cache(maxsize=None)\ndef get_client():\n    return {draft.new_client}",
        "import os",
        "from functools import lru_cache",
        draft.client_import,
    )
    draft.fixtures.imports.add("from app import get_client")
    draft.source = ClientSource(expression="get_client()")
