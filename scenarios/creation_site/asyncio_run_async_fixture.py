"""A client connected under `asyncio.run` inside an async fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.value import Value
from scenarios.creation_site import asyncio_run_fixture

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async fixture calls `asyncio.run` to connect the client, while its own loop is running",
    phrase="under `asyncio.run` in an async fixture",
    sources=("https://docs.python.org/3/library/asyncio-runner.html",),
)


def build(draft: Draft) -> None:
    """The same helper as in a sync fixture; here a loop is running already."""
    asyncio_run_fixture.build(draft)
    draft.source = msgspec.structs.replace(draft.source, colour="async")
