"""httpx calls an application whose client is a name of its module, on the test's own loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.application import LIMITS
from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="a module-level client of an application that an async fixture calls by `httpx.ASGITransport`",
    phrase="at module level, behind an `httpx.ASGITransport`",
    sources=(
        "https://fastapi.tiangolo.com/advanced/async-tests/",
        "https://www.python-httpx.org/advanced/transports/",
    ),
    excludes=LIMITS,
    installs=("httpx", "starlette"),
    alone="the application runs on the test's loop, so that it shows what a module-level client does without it",
)


def build(draft: Draft) -> None:
    """The transport calls the application in the test's own task. It doesn't run the lifespan."""
    draft.fixtures.imports.add("from httpx import ASGITransport, AsyncClient")
    draft.source = ClientSource(
        expression='AsyncClient(transport=ASGITransport(app=app), base_url="http://test")',
        where="application",
        colour="async",
        entered=True,
    )
