"""The event loop handed to the client, as aioredis 1 wanted it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import ClientSource
from harness.catalogue.value import Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="the loop as an argument of the client: `loop=...`",
    phrase="with the loop as an argument",
    sources=("https://github.com/aio-libs-abandoned/aioredis-py/issues/1103",),
)


def build(draft: Draft) -> None:
    """The loop comes from the `event_loop` fixture while there is one, from asyncio after that."""
    loop = "event_loop"
    requests: tuple[str, ...] = ("event_loop",)
    if draft.runner != "pytest_asyncio" or draft.target.meets("pytest-asyncio>=1.0"):
        loop, requests = "asyncio.get_running_loop()", ()
        draft.fixtures.imports.add("import asyncio")
    draft.fixtures.imports.update({"import os", draft.client_import, "from urllib.parse import urlsplit"})
    draft.source = ClientSource(
        expression=f"{draft.client_class}(**address, loop={loop})",
        colour="async",
        requests=requests,
        setup=(
            'url = urlsplit(os.environ["VALKEY_URL"])',
            "address = {",
            '    "host": url.hostname,',
            '    "port": url.port,',
            '    "db": int(url.path.strip("/") or 0),',
            '    "username": url.username,',
            '    "password": url.password,',
            "}",
        ),
    )
