"""A web application with a client at module level, for suites whose tests send it HTTP requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.value import Excludes
from harness.catalogue.writing import write_function

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

LIMITS = (
    Excludes("workload != get_set", "the application's only route sets, gets and deletes one key"),
    Excludes(
        "cleanup_style not in (none, aclose)", "the application closes its client when it shuts down, or not at all"
    ),
    Excludes("interleaving = sync_async_fixture", "the tests ask for a client of the application, not of the server"),
)
"""What no suite can express whose tests see the application alone."""

SYNC_LIMITS = (
    *LIMITS,
    Excludes("loop_scope != unset", "the tests are sync: they run on no loop of pytest-asyncio"),
    Excludes("loop_policy = factory_choice", "sync tests choose no loop factory"),
    Excludes("runner != pytest_asyncio", "the tests are sync: pytest itself runs them"),
)
"""What no such suite with sync tests can express."""


def write_application(draft: Draft) -> None:
    """The application in app.py, and the request that each test sends."""
    app, arguments = draft.app, ['routes=[Route("/state", tell_state)]']
    app.imports.update({"import os", draft.client_import})
    app.head.append(f"client = {draft.new_client}")
    if draft.closing.after:
        body = ["yield", *draft.closing.after]
        lifespan = write_function("lifespan", ("app",), body, is_async=True, decorator="@asynccontextmanager")
        app.add(lifespan, "from contextlib import asynccontextmanager")
        arguments.append("lifespan=lifespan")
    app.add(
        """\
async def tell_state(request):
    key = request.query_params["key"]
    await client.set(key, "ripe")
    state = await client.get(key)
    await client.delete(key)
    return PlainTextResponse(state)""",
        "from starlette.applications import Starlette",
        "from starlette.responses import PlainTextResponse",
        "from starlette.routing import Route",
    )
    app.add(f"app = Starlette({', '.join(arguments)})")
    draft.fixtures.imports.add("from app import app")
    wait = "" if draft.has_sync_tests else "await "
    draft.work = (
        f'response = {wait}client.get("/state", params={{"key": "{{key}}"}})',
        'assert response.text == "ripe"',
    )
