"""Everything observed when a suite ran: kept raw, never a judgement.

The probe writes JSON lines inside the scenario environment; the launcher folds them into one `Evidence`, adds what only
it can see (exit code, output after the session, a hang's stacks, CPU time) and hands it on. Times are seconds.
"""

from __future__ import annotations

from typing import Literal

import msgspec

EVIDENCE_SCHEMA = 1

When = Literal["import", "collect", "setup", "call", "teardown", "session"]


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One exception of a chain. A chain is a tuple with the surface error first and the root last."""

    type: str  # "RuntimeError"; qualified when not a builtin: "valkey.exceptions.ConnectionError"
    text: str
    # How it hangs on the one before it. "member": the first of a chain of its own, held by the exception group above.
    link: Literal["surface", "cause", "context", "member"]
    origin: str = ""  # innermost frame: "valkey/asyncio/connection.py:512 in disconnect"


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """One of a test's three phases."""

    when: Literal["setup", "call", "teardown"]
    outcome: Literal["passed", "failed", "skipped", "xfailed", "xpassed"]
    chain: tuple[Raised, ...] = ()


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One test, phases in order."""

    __test__ = False  # pytest must not collect this class

    id: str  # nodeid
    phases: tuple[Phase, ...]
    earlier: tuple[tuple[Phase, ...], ...] = ()  # those of attempts after which a plugin ran it again


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error outside any test: collection, configuration, internal."""

    where: Literal["collect", "usage", "internal"]
    node: str
    chain: tuple[Raised, ...]


class SkippedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that skipped itself while pytest collected it: none of its tests is among the tests."""

    node: str
    text: str  # why


class RecordedWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A warning that pytest recorded."""

    category: str  # "DeprecationWarning"; qualified when not a builtin
    text: str
    when: str  # "config" | "collect" | "runtest", as pytest says
    test: str = ""  # nodeid, if any
    location: str = ""  # "conftest.py:12", site-packages shortened


class Unraisable(msgspec.Struct, frozen=True, kw_only=True):
    """An exception nobody could catch, with the test in which it surfaced."""

    test: str
    when: When
    message: str  # "Exception ignored in"
    object: str  # repr, addresses masked
    chain: tuple[Raised, ...]


class HandlerCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call of an event loop's exception handler."""

    loop: str
    test: str
    when: When
    message: str
    chain: tuple[Raised, ...] = ()


class BackgroundError(msgspec.Struct, frozen=True, kw_only=True):
    """An exception that reached no test: it ended a thread, or a log record carries it. Each once a phase."""

    source: Literal["thread", "log"]
    owner: str  # the thread's or the logger's name
    test: str  # what ran at that moment; a thread needn't belong to it
    when: When
    message: str = ""  # the log record's, before its arguments are put in
    chain: tuple[Raised, ...]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Where something happened: in which test, phase and frame."""

    test: str
    when: When
    at: str = ""  # nearest frame outside the standard library and the probe: "conftest.py:14 in client"


class Loop(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the loop ledger."""

    name: str  # "loop-1", in order of creation
    kind: str  # "asyncio.unix_events._UnixSelectorEventLoop"
    created: Moment
    closed: Moment | None = None
    pending: tuple[str, ...] = ()  # tasks still pending when it was closed, or at the end if it never was


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Use of a connection from one loop in one phase of one test; `writes` is 0 where it was only read."""

    loop: str | None  # the running loop, None if there was none
    test: str
    when: When
    writes: int
    at: str = ""  # where the first of these uses comes from, as in a `Moment`
    late: bool = False  # whether the connection's own loop was closed by then


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the connection ledger: a stream a client opened."""

    name: str  # "connection-1"
    loop: str | None
    opened: Moment
    uses: tuple[Use, ...] = ()
    closed: Moment | None = None  # None: nobody closed it (being garbage-collected is not closing)
    closed_on: str | None = None  # the loop that was running when it was closed
    close_failed: tuple[Raised, ...] = ()  # the chain, if closing raised


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """The server's view of one database."""

    clients: tuple[str, ...] = ()  # connections to the cell's database: name or "" each; addresses masked
    keys: tuple[str, ...] = ()


class OtherServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that a suite of the user's own turned to, and that wasn't started for it."""

    host: str  # an address, a name that can't be found, or the path of a Unix socket
    port: int = 0
    # The best of all attempts. `somebody`: connected to while the suite ran, by it or by another program.
    outcome: Literal["connected", "refused", "unknown", "somebody"]
    count: int
    test: str = ""  # of the first attempt
    when: str = ""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """The network that a suite of the user's own ran in, and what it looked for there."""

    kind: Literal["own", "host"]  # one with nothing in it but servers that were started for it, or the machine's
    others: tuple[OtherServer, ...] = ()
    unseen: int = 0  # connections that were refused without it being known where; in a network of its own only


class Flush(msgspec.Struct, frozen=True, kw_only=True):
    """A flush of a database in which tests of other workers were at work just then."""

    moment: Moment
    hit: tuple[str, ...]  # those tests


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """A process among several that share the tests (pytest-xdist)."""

    name: str  # "gw0"; the loops and connections of the ledgers begin with it
    tests: tuple[str, ...]  # that it ran
    flushes: tuple[Flush, ...] = ()  # that hit tests of others


class Hang(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on time was reached; the whole process tree was killed after this was dumped."""

    # What is limited: the time of a cell, that of a suite of the user's own, or its time without a step of any test.
    kind: Literal["cell", "suite", "progress"] = "cell"
    limit: float
    test: str
    when: str
    stacks: str  # every thread
    tasks: str  # every task of every loop


class Exceeded(msgspec.Struct, frozen=True, kw_only=True):
    """The suite was over another limit than that of time, and was killed if it didn't end of that by itself."""

    what: Literal["memory", "output"]
    limit: int  # bytes: of all processes together, or of a file that output goes to
    test: str
    when: str


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How the process ended. Exactly one of the two is set; both are None when it was killed at a limit."""

    code: int | None = None
    signal: str | None = None  # "SIGSEGV"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything observed when one suite ran once in one environment."""

    schema: int = EVIDENCE_SCHEMA
    tests: tuple[Test, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    warnings: tuple[RecordedWarning, ...] = ()
    unraisables: tuple[Unraisable, ...] = ()
    handler_calls: tuple[HandlerCall, ...] = ()
    background: tuple[BackgroundError, ...] = ()
    loops: tuple[Loop, ...] = ()
    connections: tuple[Connection, ...] = ()
    before: ServerView | None = None  # as the harness saw it before the suite ran
    at_end: ServerView | None = None  # after the last teardown, the process still alive
    network: Network | None = None  # of a suite of the user's own
    keys_left: tuple[str, ...] = ()  # as the harness saw it after the process was gone
    output: str = ""  # stdout and stderr of the session, tail of 64 KiB
    output_after: str = ""  # printed after the session ended: interpreter shutdown
    notes: tuple[str, ...] = ()  # what the probe changed so that runs can be compared, in words for the user
    collected: int | None = None  # tests that were to run, in a suite of the user's own; None: it didn't come that far
    workers: tuple[Worker, ...] = ()  # none: one process ran all tests
    finished: bool = False  # the session ended by itself and the probe saw it
    hang: Hang | None = None
    exceeded: Exceeded | None = None
    exit: Exit = Exit()
    infrastructure: str = ""  # why nothing was measured: server gone, disk full, killed from outside


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """How long one run of one suite took, and how it was launched. Kept beside the evidence: no two runs share it."""

    started: str  # UTC, ISO 8601
    wall: float
    cpu: float  # user + system of the whole process tree
    spawned: str = ""  # why the launcher `fork` ran it in a new process
