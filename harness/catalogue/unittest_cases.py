"""What the cases of a `unittest` suite share, in place of fixtures.

What belongs to one test or one class is made by a base class in cases.py, what belongs to a module by the module's own
functions. unittest awaits only in what belongs to one test, and nothing of it is wider than a module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.draft import Closing
from harness.catalogue.fixtures import RUNNING, add_closing_imports, enter_application, write_lifespan
from harness.catalogue.writing import indent, rename_client, write_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.catalogue.draft import ClientSource, Draft

ISOLATED = "unittest.IsolatedAsyncioTestCase"
SHARED = "ClientCase"


def add_cases(draft: Draft) -> None:
    """All that has to do with the client and stands outside of the tests."""
    source, closing = draft.source, draft.closing
    if source.where == "lifespan":
        write_lifespan(draft)
        after = closing.after if closing.colour == "sync" else ()
        source, closing = RUNNING, Closing(wraps=True, after=after)
    if source.where == "application":
        source, closing = enter_application(draft)
    draft.base_class, draft.client_name = ISOLATED, "client"
    if draft.scope == "module":
        add_module_functions(draft, source, closing)
    else:
        add_base_class(draft, source, closing)
    add_closing_imports(draft)


def add_module_functions(draft: Draft, source: ClientSource, closing: Closing) -> None:
    """`setUpModule` and `tearDownModule`. They stand in each test module, and the client is a name of the module."""
    body = ["global client", *source.setup, f"client = {source.expression}"]
    draft.fixtures.add(write_function("setUpModule", (), body, is_async=False))
    if closing.after:
        outer = ["global client"] if "del client" in closing.after else []
        draft.fixtures.add(write_function("tearDownModule", (), [*outer, *closing.after], is_async=False))


def add_base_class(draft: Draft, source: ClientSource, closing: Closing) -> None:
    """The base class, where there is something to do before or after the tests."""
    if draft.scope == "class":
        methods = list(write_class_methods(source, closing))
        draft.client_name = "self.client"
    else:
        methods = list(write_test_methods(draft, source, closing))
        draft.client_name = "client" if source.where == "test" else "self.client"
    if methods:
        draft.base_class = SHARED
        inner = "\n\n".join(methods).splitlines()
        draft.fixtures.add("\n".join([f"class {SHARED}({ISOLATED}):", *indent(inner)]), "import unittest")


def write_class_methods(source: ClientSource, closing: Closing) -> Iterator[str]:
    """`setUpClass` and `tearDownClass`."""
    after = rename_client(closing.after, "cls.client")
    for name, body in (("setUpClass", write_setup(source, "cls.client")), ("tearDownClass", after)):
        if body:
            yield write_function(name, ("cls",), body, is_async=False, decorator="@classmethod")


def write_test_methods(draft: Draft, source: ClientSource, closing: Closing) -> Iterator[str]:
    """What runs before and after each test."""
    bodies: dict[str, list[str]] = {"setUp": [], "asyncSetUp": [], "asyncTearDown": [], "tearDown": []}
    setup = write_entering(draft, source) if closing.wraps else write_setup(source, "self.client")
    bodies["asyncSetUp" if source.colour == "async" or closing.wraps else "setUp"] += setup
    if source.where != "test":
        bodies["asyncSetUp"] += rename_client(closing.registering, "self.client")
    bodies["asyncSetUp"] += write_around(draft, source, closing.around_before)
    bodies["asyncTearDown"] += write_around(draft, source, closing.around_after)
    if source.where != "test":
        bodies["asyncTearDown" if closing.colour == "async" else "tearDown"] += rename_client(
            closing.after, "self.client"
        )
    for name, body in bodies.items():
        if body:
            yield write_function(name, ("self",), body, is_async=name.startswith("async"))


def write_setup(source: ClientSource, name: str) -> list[str]:
    """The statements that make the client; none where the test or its class does."""
    if source.where in {"test", "class"}:
        return []
    return [*source.setup, f"{name} = {source.expression}", *rename_client(source.prepare, name)]


def write_entering(draft: Draft, source: ClientSource) -> list[str]:
    """`async with` for as long as a test lasts."""
    if source.where == "test":
        return []
    expression = "self.client" if source.where == "class" else source.expression
    enter, setup = "self.enterAsyncContext", list(source.setup)
    if not draft.target.meets("python>=3.11"):
        draft.fixtures.imports.add("from contextlib import AsyncExitStack")
        enter = "stack.enter_async_context"
        setup += ["stack = AsyncExitStack()", "self.addAsyncCleanup(stack.aclose)"]
    return [*setup, f"self.client = await {enter}({expression})", *rename_client(source.prepare, "self.client")]


def write_around(draft: Draft, source: ClientSource, lines: tuple[str, ...]) -> list[str]:
    """What is done before or after each test. A suite whose tests make their own client does it with another."""
    if not lines or source.where != "test":
        return rename_client(lines, "self.client")
    draft.fixtures.imports.update({draft.client_import, "import os"})
    return [f"async with {draft.new_client} as client:", *indent(lines)]
