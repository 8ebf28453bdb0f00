"""The application connects when it starts and the fixture runs the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an application's lifespan makes the client; a fixture enters the lifespan",
    phrase="in an application's lifespan",
    sources=(
        "https://fastapi.tiangolo.com/advanced/events/",
        "https://github.com/litestar-org/litestar/issues/3083",
    ),
)


def build(draft: Draft) -> None:
    """The lifespan stands in app.py."""
    draft.source = ClientSource(
        expression=draft.new_client, where="lifespan", colour="async", prepare=("await client.ping()",)
    )
