"""A client for each event loop, kept in a registry: production's favourite cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture calls `get_client()`, which keeps a client for each loop in a `WeakKeyDictionary`",
    phrase="once for each loop, in a registry",
    sources=(
        "https://github.com/PostHog/posthog/pull/35571",
        "https://github.com/snad-space/ztf-viewer/pull/654",
    ),
)


def build(draft: Draft) -> None:
    """The registry stands in app.py; the fixture is async, as only there a loop is running."""
    draft.app.head.append("clients = WeakKeyDictionary()")
    draft.app.add(
        "def get_client():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    if loop not in clients:\n"
        f"        clients[loop] = {draft.new_client}\n"
        "    return clients[loop]",
        "import asyncio",
        "import os",
        "from weakref import WeakKeyDictionary",
        draft.client_import,
    )
    draft.fixtures.imports.add("from app import get_client")
    draft.source = ClientSource(expression="get_client()", colour="async")
