"""One pool for the session that makes tasks wait when all its connections are in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a session-wide `BlockingConnectionPool` of two connections and a client on it for each fixture scope",
    phrase="on a pool of two connections that all share",
    sources=("https://redis.readthedocs.io/en/stable/connections.html",),
)

POOL = 'BlockingConnectionPool.from_url(os.environ["VALKEY_URL"], max_connections=2, timeout=1)'


def build(draft: Draft) -> None:
    """The pool outlives every client made on it, and so does the condition on which its tasks wait."""
    draft.fixtures.imports.add(draft.client_import)
    if draft.runner == "unittest":
        draft.app.imports.update({"import os", f"from {draft.target.client}.asyncio import BlockingConnectionPool"})
        draft.app.head.append(f"pool = {POOL}")
        draft.fixtures.imports.add("from app import pool")
        draft.source = ClientSource(expression=f"{draft.client_class}(connection_pool=pool)")
        return
    draft.conftest.add(
        f'@pytest.fixture(scope="session")\ndef pool():\n    return {POOL}',
        "import os",
        "import pytest",
        f"from {draft.target.client}.asyncio import BlockingConnectionPool",
    )
    draft.source = ClientSource(expression=f"{draft.client_class}(connection_pool=pool)", requests=("pool",))
