"""A client made and connected in an async fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture makes the client and pings the server",
    phrase="in an async fixture",
    sources=(
        "https://pytest-asyncio.readthedocs.io/en/stable/reference/decorators/index.html",
        "https://pastebin.com/Y5stjued",
    ),
)


def build(draft: Draft) -> None:
    """The ping opens the first connection on the fixture's loop."""
    draft.fixtures.imports.update({"import os", draft.client_import})
    draft.source = ClientSource(expression=draft.new_client, colour="async", prepare=("await client.ping()",))
