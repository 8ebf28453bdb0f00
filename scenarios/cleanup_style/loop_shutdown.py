"""An async generator that the loop finishes when it shuts down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.value import Needs, Value

if TYPE_CHECKING:
    from harness.catalogue.draft import Draft

VALUE = Value(
    meaning="an async generator closes the client when `loop.shutdown_asyncgens()` finishes it",
    phrase="`aclose()` by an async generator that ends with the loop",
    sources=(
        "https://discuss.python.org/t/atexit-for-asyncio/13911",
        "https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.shutdown_asyncgens",
    ),
    needs=(Needs("redis>=5.0.1", "`aclose` came with redis-py 5.0.1"),),
)


def build(draft: Draft) -> None:
    """asyncio keeps only weak references to generators, so app.py keeps them."""
    draft.app.head.append("kept = []")
    draft.app.add("""\
async def close_at_the_end(client):
    try:
        yield
    finally:
        await client.aclose()""")
    draft.app.add("""\
async def close_with_loop(client):
    \"\"\"Close the client when the running loop shuts down.\"\"\"
    generator = close_at_the_end(client)
    await generator.__anext__()
    kept.append(generator)""")
    draft.closing = Closing(
        colour="async",
        registering=("await close_with_loop(client)",),
        imports=("from app import close_with_loop",),
    )
