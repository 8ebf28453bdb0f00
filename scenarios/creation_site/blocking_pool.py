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


def build(draft: Draft) -> None:
    """The pool outlives its clients, and so does what its tasks wait on. Without fixtures it is a name in app.py."""
    if draft.runner == "unittest":
        draft.app.imports.update({"import os", f"from {draft.target.client}.asyncio import BlockingConnectionPool"})
        draft.app.head.append(
            'pool = BlockingConnectionPool.from_url(os.environ["VALKEY_URL"], max_connections=2, timeout=1)'
        )
        draft.fixtures.imports |= {draft.client_import, "from app import pool"}
        draft.source = ClientSource(expression=f"{draft.client_class}(connection_pool=pool)")
        return
    draft.conftest.add(
        '@pytest.fixture(scope="session")\n'
        "def pool():\n"
        "    return BlockingConnectionPool.from_url(\n"
        '        os.environ["VALKEY_URL"], max_connections=2, timeout=1\n'
        "    )",
        "import os",
        "import pytest",
        f"from {draft.target.client}.asyncio import BlockingConnectionPool",
    )
    draft.fixtures.imports.add(draft.client_import)
    draft.source = ClientSource(expression=f"{draft.client_class}(connection_pool=pool)", requests=("pool",))
