"""Starlette's `TestClient` under `with` calls an application whose client is a name of its module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.application import SYNC_LIMITS
from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the module-level client of an application that a sync fixture runs by `with TestClient(app)`",
    phrase="at module level, behind a `TestClient` under `with`",
    sources=(
        "https://fastapi.tiangolo.com/advanced/testing-events/",
        "https://www.starlette.io/lifespan/",
    ),
    excludes=SYNC_LIMITS,
    installs=("httpx", "starlette"),
    alone="the loop is `TestClient`'s own: hardly any other axis changes what happens",
)


def build(draft: Draft) -> None:
    """The application's lifespan and all its requests share a thread and a loop until the fixture ends."""
    draft.fixtures.imports.add("from starlette.testclient import TestClient")
    draft.source = ClientSource(expression="TestClient(app)", where="application", colour="sync", entered=True)
    draft.has_sync_tests = True
