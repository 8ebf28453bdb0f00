"""An async fixture that asks for `event_loop`, the cure of the years up to 0.21."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture that asks for the `event_loop` fixture and pings the server",
    phrase="in a fixture that asks for `event_loop`",
    sources=(
        "https://github.com/cockpit-project/cockpit/issues/22049",
        "https://github.com/pytest-dev/pytest-asyncio/issues/706",
    ),
)


def build(draft: Draft) -> None:
    """Rendered for every version: from 1.0 on it is the error that people meet when they upgrade."""
    draft.fixtures.imports.update({"import os", draft.client_import})
    draft.source = ClientSource(
        expression=draft.new_client, colour="async", requests=("event_loop",), prepare=("await client.ping()",)
    )
