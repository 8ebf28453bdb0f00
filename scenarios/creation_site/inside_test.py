"""Each test makes its own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Excludes, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a client in the body of each test",
    phrase="in the test itself",
    sources=("https://valkey-py.readthedocs.io/en/latest/examples/asyncio_examples.html",),
    excludes=(
        Excludes(
            "fixture_scope != function",
            "the client is made in the test body; there is no fixture whose scope could differ",
        ),
    ),
)


def build(draft: Draft) -> None:
    """No fixture at all."""
    draft.test_imports.update({"import os", draft.client_import})
    draft.source = ClientSource(expression=draft.new_client, where="test", colour="async")
