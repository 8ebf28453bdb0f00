"""One connection pool for the session, handed out by a sync fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a session-wide sync `pool` fixture and a client on it for each fixture scope",
    phrase="on a pool that all share",
    sources=(
        "https://github.com/redis/redis-py/issues/3351",
        "https://github.com/redis/redis-py/issues/2865",
    ),
)


def build(draft: Draft) -> None:
    """The pool outlives every client made on it. Without fixtures it is a name in app.py."""
    draft.fixtures.imports.add(draft.client_import)
    if draft.runner == "unittest":
        draft.app.imports.update({"import os", f"from {draft.target.client}.asyncio import ConnectionPool"})
        draft.app.head.append('pool = ConnectionPool.from_url(os.environ["VALKEY_URL"])')
        draft.fixtures.imports.add("from app import pool")
        draft.source = ClientSource(expression=f"{draft.client_class}(connection_pool=pool)")
        return
    draft.conftest.add(
        '@pytest.fixture(scope="session")\ndef pool():\n    return ConnectionPool.from_url(os.environ["VALKEY_URL"])',
        "import os",
        "import pytest",
        f"from {draft.target.client}.asyncio import ConnectionPool",
    )
    draft.source = ClientSource(expression=f"{draft.client_class}(connection_pool=pool)", requests=("pool",))
