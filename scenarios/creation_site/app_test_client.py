"""Starlette's `TestClient` calls an application whose client is a name of its module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.application import SYNC_LIMITS
from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the module-level client of an application that a sync fixture calls by a `TestClient(app)` never entered",
    phrase="at module level, behind a `TestClient`",
    sources=(
        "https://www.starlette.io/testclient/",
        "https://github.com/redis/redis-py/issues/3351",
        "https://github.com/litestar-org/litestar/issues/4073",
    ),
    excludes=SYNC_LIMITS,
    installs=("httpx", "starlette"),
    alone="the loop is `TestClient`'s own: hardly any other axis changes what happens",
)


def build(draft: Draft) -> None:
    """Each request gets a thread and a loop of its own."""
    draft.fixtures.imports.add("from starlette.testclient import TestClient")
    draft.source = ClientSource(expression="TestClient(app)", where="application", colour="sync")
    draft.has_sync_tests = True
