"""What is read of a suite's source. Lines count from 1; paths are relative to the suite, with slashes."""

from __future__ import annotations

from typing import Literal

import msgspec

Serving = Literal["", "caller", "transport", "request", "lifespan"]
"""On whose loop a client of an application under test runs it; empty: there is none.

`caller` and `transport`: of who calls, `transport` without starting the application. In a thread, `request`: a loop for
each request, `lifespan`: one for as long as the application runs.
"""


class SourcePlace(msgspec.Struct, frozen=True, order=True):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


Driver = Literal["await", "asyncio.run", "Runner", "run_until_complete", "run_coroutine_threadsafe", "nothing"]
"""What runs a coroutine. `Runner`: an `asyncio.Runner` that is open for longer."""


MarkedBy = Literal["", "mark", "hook", "parameter"]
"""Where a test's mark stands: on it, its class or its module, in a hook, on all its parameters."""


class ClientSite(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client is made."""

    place: SourcePlace
    library: str  # "valkey", "redis", "asyncpg", …
    expression: str  # as written: "Valkey.from_url(URL)"
    where: Literal["module", "class", "fixture", "test", "function"]
    owner: str = ""  # the class, fixture, test or function
    name: str = ""  # what it is bound to: "client", "self.client"
    cached: bool = False  # in a function that hands out the same one again
    loop_argument: bool = False  # `loop=…` is passed
    pool: str = ""  # of `connection_pool=…`, as written; "pool" where the client is made on one
    is_pool: bool = False  # a connection pool
    through: str = ""  # a function or class of the suite that makes it: "connect", "Cache", "lifespan"
    # what runs the coroutine that makes it
    driven_by: Literal["", "asyncio.run", "run_until_complete", "run_coroutine_threadsafe"] = ""
    per_loop: bool = False  # kept under the loop that it is for
    lifespan: bool = False  # made by an async context manager of the suite's, such as an application's lifespan


class ClosingSite(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client is put away."""

    place: SourcePlace
    how: Literal["aclose", "close", "async_with", "pool_disconnect", "delete"]
    name: str  # of the client
    by_loop: bool = False  # in an async generator that nobody finishes but the loop, when it shuts down
    owner: str = ""  # the fixture, test or function
    driven_by: Driver = "await"
    always: bool = True  # also where the test fails: after a fixture's `yield`, in `finally`, by `async with`


class LoopCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that makes, sets, runs or asks for an event loop."""

    place: SourcePlace
    # "asyncio.run", "run_until_complete", "get_event_loop", "new_event_loop", "set_event_loop",
    # "set_event_loop_policy", "uvloop.install", "async_to_sync", …; also "pytest_asyncio_loop_factories" for that hook,
    # "PYTHONASYNCIODEBUG" and "PYTEST_XDIST_WORKER" for these variables, and "add_marker" for a hook that marks tests
    what: str
    argument: str = ""  # as written
    owner: str = ""  # the fixture, test or function; empty at the top of a module
    condition: str = ""  # of the `if` it stands under, as written


class Fixture(msgspec.Struct, frozen=True, kw_only=True):
    """A fixture's definition. `None` stands for what isn't written there."""

    name: str
    place: SourcePlace  # of `def`
    end: int  # last line
    first_yield: int = 0  # its line; 0 where there is none
    awaits: bool = False  # anything before it hands something out
    decorator: str  # "pytest.fixture", "pytest_asyncio.fixture"
    is_async: bool
    is_generator: bool
    scope: str | None = None
    loop_scope: str | None = None  # also `scope` where that meant the loop
    autouse: bool = False
    arguments: tuple[str, ...] = ()  # fixtures it asks for, also by `request.getfixturevalue("…")` and `usefixtures`
    owner: str = ""  # the class it stands in
    visible_in: tuple[str, ...] = ()  # files that define or import it; "" where it is visible everywhere
    clients: tuple[SourcePlace, ...] = ()  # those of `Habits.clients` that its body, or a function it calls, names
    functions: tuple[str, ...] = ()  # the suite's own that it comes to: "app.py::close_all"
    calls: tuple[str, ...] = ()  # names of methods and functions that it calls: "flushdb"
    returns: str = ""  # what it returns or yields, as written
    class_attributes: tuple[str, ...] = ()  # what it reads of the test's class: "client" of `request.cls.client`
    serves: Serving = ""
    open_scope: str = ""  # the cancel scope of anyio's that it leaves only after the test: "anyio.move_on_after"

    @property
    def words(self) -> str:
        """What sentences call it: "the fixture `client`"; of `unittest`, "`ClientCase.setUp`"."""
        return f"`{self.name.rpartition('::')[2]}`" if "::" in self.name else f"the fixture `{self.name}`"


class TestFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A test's definition."""

    __test__ = False  # pytest must not collect this class

    id: str  # "tests/test_app.py::TestCart::test_add"
    place: SourcePlace
    end: int
    is_async: bool
    marked: bool = False  # with the plugin's mark: itself, its class, its module or a hook
    loop_scope: str | None = None  # that the nearest mark names
    arguments: tuple[str, ...] = ()  # fixtures it asks for; parameters of `parametrize` are left out
    mark: SourcePlace | None = None  # the mark that `loop_scope` stands in, or that marks it
    mark_by: MarkedBy = ""  # where that mark comes from
    factory: str = ""  # the one loop factory that its mark or its test case chooses
    clients: tuple[SourcePlace, ...] = ()  # those of `Habits.clients` that its body, or a function it calls, names
    functions: tuple[str, ...] = ()  # the suite's own that it comes to: "app.py::close_all"
    calls: tuple[str, ...] = ()  # names of methods and functions that it calls: "pipeline", "gather"
    waits: float = 0  # the longest `timeout=` of them, in seconds, where that is written
    fails: bool = False  # marked `xfail`
    repeated: bool = False  # by `parametrize`
    serves: Serving = ""
    runner: str = ""  # "anyio", "unittest" or another kind of test case, where that runs it and not pytest-asyncio
    backends: tuple[str, ...] = ()  # of anyio, where parameters of the test choose them


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of pytest that concerns loops."""

    name: str  # "asyncio_mode"
    value: str
    place: SourcePlace


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """Something that reading the source can't decide."""

    place: SourcePlace
    what: str
    why: str


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read of one suite."""

    files: tuple[str, ...] = ()  # tests, conftest files, and what they import of the suite's own
    fixtures: tuple[Fixture, ...] = ()
    tests: tuple[TestFunction, ...] = ()
    clients: tuple[ClientSite, ...] = ()
    closings: tuple[ClosingSite, ...] = ()
    calls: tuple[LoopCall, ...] = ()
    settings: tuple[Setting, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    broken: tuple[Undecided, ...] = ()  # files that can't be read, with the line
