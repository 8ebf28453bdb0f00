"""The fixtures of a suite: where its client comes from and how it is put away, whatever colours the two have.

An async function can't close what must be closed from sync code and the other way round. Where making and closing the
client have different colours, people stack two fixtures; so does this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.application import write_application
from harness.catalogue.draft import ClientSource, Closing
from harness.catalogue.writing import indent, rename_client, write_call, write_function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.catalogue.draft import Colour, Draft, Module

BARE = "bare_client"
BARE_SOURCE = ClientSource(expression=BARE, requests=(BARE,))
RUNNING = ClientSource(expression="lifespan()", colour="async")


def resolve_loop(draft: Draft, loop: str | None) -> str | None:
    """A loop scope with `fixture` replaced by the scope of the client fixture."""
    return draft.scope if loop == "fixture" else loop


def make_decorator(draft: Draft, module: Module, *, is_async: bool, scope: str, autouse: bool = False) -> str:
    """The fixture decorator as this version and mode want it; adds its import to the module."""
    loop = resolve_loop(draft, draft.fixture_loop) if is_async and draft.fixture_keyword else None
    arguments = [f'scope="{scope}"'] if scope != "function" else []
    if loop:
        arguments.append(f'{draft.fixture_keyword}="{loop}"')
    if autouse:
        arguments.append("autouse=True")
    plain = not is_async or draft.plain_fixtures or draft.runner == "anyio" or (draft.mode == "auto" and not loop)
    library = "pytest" if plain else "pytest_asyncio"
    module.imports.add(f"import {library}")
    return "@" + write_call(f"{library}.fixture", arguments)


def make_life(source: ClientSource, closing: Closing, *, always_yield: bool = False) -> list[str]:
    """The body of a function that makes a client, hands it out, and puts it away."""
    if closing.within:
        inside = msgspec.structs.replace(closing, within="")
        return [closing.within, *indent(make_life(source, inside, always_yield=always_yield))]
    if closing.wraps:
        inner = [*source.prepare, "yield client"]
        word = "with" if source.colour == "sync" else "async with"
        return [*source.setup, f"{word} {source.expression} as client:", *indent(inner)]
    prepare = [*source.prepare, *closing.registering]
    if not (prepare or closing.after or always_yield):
        return [*source.setup, f"return {source.expression}"]
    hand_out = "yield client" if closing.after or always_yield else "return client"
    if source is BARE_SOURCE:  # it has a name already
        return rename_client([*prepare, hand_out, *closing.after], BARE)
    return [*source.setup, f"client = {source.expression}", *prepare, hand_out, *closing.after]


def add_fixture(draft: Draft, name: str, source: ClientSource, closing: Closing, *, colour: Colour) -> None:
    """One fixture of the client's scope."""
    module = draft.fixtures
    is_async = colour == "async"
    top = make_decorator(draft, module, is_async=is_async, scope=draft.scope)
    module.add(write_function(name, source.requests, make_life(source, closing), is_async=is_async, decorator=top))


def find_agreed_colour(source: Colour, closing: Colour) -> Colour | None:
    """The colour of a function that can do both, None where there is none."""
    if source == "any":
        return "sync" if closing == "any" else closing
    return source if closing in {"any", source} else None


def add_client_fixture(draft: Draft, source: ClientSource, closing: Closing) -> None:
    """The `client` fixture: one function, or two where the colours differ."""
    colour = find_agreed_colour(source.colour, closing.colour)
    if colour is not None:
        add_fixture(draft, "client", source, closing, colour=colour)
        return
    add_fixture(draft, BARE, source, Closing(), colour=source.colour)
    add_fixture(draft, "client", BARE_SOURCE, closing, colour=closing.colour)


def write_lifespan(draft: Draft) -> None:
    """An application that owns the client while it runs, in app.py."""
    shutdown = Closing() if draft.closing.colour == "sync" else draft.closing
    body = make_life(draft.source, shutdown, always_yield=True)
    doc = '"""Connect when the application starts, put the client away when it stops."""'
    text = write_function("lifespan", (), [doc, *body], is_async=True, decorator="@asynccontextmanager")
    draft.app.add(text, "from contextlib import asynccontextmanager", draft.client_import, "import os")
    draft.fixtures.imports.add("from app import lifespan")


def add_lifespan(draft: Draft) -> None:
    """The application, and the fixture that runs it."""
    write_lifespan(draft)
    if draft.closing.colour != "sync":
        add_fixture(draft, "client", RUNNING, Closing(wraps=True), colour="async")
        return
    add_fixture(draft, BARE, RUNNING, Closing(wraps=True), colour="async")
    add_fixture(draft, "client", BARE_SOURCE, draft.closing, colour="sync")


def enter_application(draft: Draft) -> tuple[ClientSource, Closing]:
    """The application, and how a fixture makes the client that sends it requests."""
    write_application(draft)
    return draft.source, Closing(colour=draft.source.colour, wraps=draft.source.entered)


def add_around(draft: Draft) -> None:
    """The autouse fixture around each test. A suite without a client fixture gives it a client of its own."""
    before, after = draft.closing.around_before, draft.closing.around_after
    own = draft.source.where == "test"
    parameters: Sequence[str] = () if own else ("client",)
    if own:
        lines = [f"async with {draft.new_client} as client:", *indent([*before, "yield", *after])]
        draft.fixtures.imports.update({draft.client_import, "import os"})
    else:
        lines = [*before, "yield", *after]
    top = make_decorator(draft, draft.fixtures, is_async=True, scope="function", autouse=True)
    draft.fixtures.add(write_function("clean_database", parameters, lines, is_async=True, decorator=top))


def add_backend(draft: Draft) -> None:
    """The fixture that anyio's plugin asks for its backend. No async fixture can be wider than it."""
    scope = "session" if draft.scope == "package" else draft.scope  # a package's would end with the first one's tests
    top = make_decorator(draft, draft.conftest, is_async=False, scope=scope)
    draft.conftest.add(write_function("anyio_backend", (), [f"return {draft.backend}"], is_async=False, decorator=top))


def add_fixtures(draft: Draft) -> None:
    """All fixtures that have to do with the client."""
    if draft.runner == "anyio":
        add_backend(draft)
    if draft.source.where == "lifespan":
        add_lifespan(draft)
    elif draft.source.where == "application":
        add_client_fixture(draft, *enter_application(draft))
    elif draft.source.where != "test":
        add_client_fixture(draft, draft.source, draft.closing)
    if draft.closing.around_before or draft.closing.around_after:
        add_around(draft)
    for name, body in draft.further_fixtures.items():
        top = make_decorator(draft, draft.fixtures, is_async=True, scope="function")
        draft.fixtures.add(write_function(name, (), body, is_async=True, decorator=top))
    add_closing_imports(draft)


def add_closing_imports(draft: Draft) -> None:
    """What putting the client away imports, where that is done."""
    if draft.source.where == "test":
        draft.test_imports.update(draft.closing.imports)
    elif draft.source.where == "lifespan" and draft.closing.colour != "sync":
        draft.app.imports.update(one for one in draft.closing.imports if not one.startswith("from app "))
    else:
        draft.fixtures.imports.update(draft.closing.imports)
