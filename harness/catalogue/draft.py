"""A suite while the values of a cell shape it. Each value sets what it is about and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from harness.packages import CLIENTS, GLIDE

if TYPE_CHECKING:
    from harness.catalogue.target import Target

Colour = Literal["any", "sync", "async"]


class ClientSource(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite comes by its client."""

    expression: str  # gives the client: "Valkey.from_url(VALKEY_URL)"
    where: Literal["fixture", "test", "class", "lifespan", "application"] = "fixture"
    """`class`: unittest's, whose tests find it there. `application`: what tests have is a client of the application."""
    colour: Colour = "any"  # of the function the expression stands in
    requests: tuple[str, ...] = ()  # fixtures it asks for
    setup: tuple[str, ...] = ()  # statements before the expression
    prepare: tuple[str, ...] = ()  # statements once `client` is there; may await when the colour is async
    entered: bool = False  # the expression is for a `with` or an `async with`; only of an application's client


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite puts its client away."""

    colour: Colour = "any"  # of the function the statements stand in
    after: tuple[str, ...] = ()  # statements on `client`, after the tests it served
    wraps: bool = False  # `async with client`
    within: str = ""  # what stands around making, handing out and putting away: "with asyncio.Runner() as runner:"
    registering: tuple[str, ...] = ()  # statements once `client` is there, so that something else closes it later
    body_end: tuple[str, ...] = ()  # statements on the last lines of each test
    around_before: tuple[str, ...] = ()  # in an autouse fixture, before each test
    around_after: tuple[str, ...] = ()  # and after it
    imports: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Module:
    """One Python file: imports that are written once and sorted, then blocks of top-level code in order."""

    imports: set[str] = field(default_factory=set)
    head: list[str] = field(default_factory=list)  # blocks right after the imports
    blocks: list[str] = field(default_factory=list)

    def add(self, block: str, *imports: str) -> None:
        """Append a top-level block and the imports it needs."""
        self.blocks.append(block.strip("\n"))
        self.imports.update(imports)


@dataclass(kw_only=True)
class Draft:
    """A suite in the making, for one target.

    Values are applied in axis order, but each writes to fields of its own, so the order doesn't matter.
    """

    target: Target
    scope: str = "function"  # of the client fixture
    source: ClientSource = field(default_factory=lambda: ClientSource(expression=""))
    closing: Closing = field(default_factory=Closing)
    app: Module = field(default_factory=Module)  # app.py: the code under test; written if not empty
    conftest: Module = field(default_factory=Module)
    fixtures: Module = field(default_factory=Module)  # conftest of the client's own scope
    class_lines: list[str] = field(default_factory=list)  # at the top of each test class
    test_imports: set[str] = field(default_factory=set)
    base_class: str = ""  # of the test classes
    client_name: str = "client"  # what the tests call their client
    has_sync_tests: bool = False  # plain functions, which no plugin runs
    further_fixtures: dict[str, tuple[str, ...]] = field(default_factory=dict)  # async, for each test: name → body
    work: tuple[str, ...] = ()  # what a test does with `client`; `{key}` is the test's own key
    first_work: tuple[str, ...] = ()  # what the first test does instead
    runner: str = "pytest_asyncio"  # who runs the tests; set before any value is applied, since others go by it
    backend: str = '"asyncio"'  # what the fixture `anyio_backend` returns
    mode: Literal["strict", "auto"] = "strict"
    plain_fixtures: bool = False  # async fixtures under `pytest.fixture`
    fixture_loop: str | None = None  # loop scope of async fixtures; "fixture" means the fixture's own scope
    test_loop: str | None = None  # loop scope of tests; "fixture" likewise
    fixture_keyword: str | None = "loop_scope"  # what fixtures call it, None where they can't choose
    mark_keyword: str = "loop_scope"  # what the mark calls it
    mark_by: Literal["decorator", "parameter", "hook"] = "decorator"  # how a test comes by the mark's arguments
    factories: tuple[str, ...] = ()  # names of loop factories among which the tests choose, in turn
    options: list[str] = field(default_factory=list)  # further lines of pytest.ini
    between: tuple[str, ...] = ()  # body of a sync test between the first two
    between_requests: tuple[str, ...] = ()  # fixtures it asks for
    first_fails: bool = False

    @property
    def client_class(self) -> str:
        """`Valkey` or `Redis`."""
        return CLIENTS[self.target.client].name

    @property
    def client_import(self) -> str:
        """The import of what `new_client` names."""
        if self.has_glide:
            return "from opening import open_client"
        return f"from {CLIENTS[self.target.client].module} import {self.client_class}"

    @property
    def new_client(self) -> str:
        """The expression that makes a client from the environment's URL. Glide's has to be awaited."""
        if self.has_glide:
            return "await open_client()"
        return f'{self.client_class}.from_url(os.environ["VALKEY_URL"])'

    @property
    def has_glide(self) -> bool:
        """Whether the client is Glide's, which is made by a coroutine from a configuration."""
        return self.target.client == GLIDE

    @property
    def delete_key(self) -> str:
        """The statement that deletes a test's key."""
        return 'await client.delete(["{key}"])' if self.has_glide else 'await client.delete("{key}")'
