"""From the probe's JSON lines to evidence.

Each line is an object with a `kind` and the fields of the type of that name; loops and connections are written when
they come up and again when they change, and the last line with a name counts. A process that dies leaves its last line
unfinished, which is no fault. Any other line that can't be read means that the evidence can't be trusted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import msgspec

from harness.evidence.model import (
    BackgroundError,
    Connection,
    Evidence,
    HandlerCall,
    Loop,
    Moment,
    Network,
    OtherServer,
    Phase,
    Problem,
    Raised,
    RecordedWarning,
    ServerView,
    SkippedFile,
    Test,
    Unraisable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of a test, done."""

    test: str
    when: Literal["setup", "call", "teardown"]
    outcome: Literal["passed", "failed", "skipped", "xfailed", "xpassed"]
    chain: tuple[Raised, ...] = ()
    replaces: bool = False  # what was written last of this phase is no longer what counts


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something for the user to know."""

    text: str


class _Attempts(msgspec.Struct):
    """The phases of a test, and those of attempts after which it ran again."""

    phases: list[Phase] = []
    earlier: list[tuple[Phase, ...]] = []

    def add(self, phase: Phase, *, replaces: bool) -> None:
        """Take in a phase.

        A setup begins anew; a failure that no longer counts was an attempt, too. Of several calls all but the last are
        of parts of the test (pytest's subtests), of which only failures make something of the whole.
        """
        if phase.when == "setup" and self.phases and not replaces:
            self.earlier.append(tuple(self.phases))
            self.phases = []
        if replaces:
            index = max(at for at, one in enumerate(self.phases) if one.when == phase.when)
            replaced = self.phases.pop(index)
            if _failed(replaced):
                self.earlier.append((replaced,))
            self.phases.insert(index, phase)
        else:
            if phase.when == "call" and self.phases and self.phases[-1].when == "call" and not _failed(self.phases[-1]):
                self.phases.pop()
            self.phases.append(phase)


def _failed(phase: Phase) -> bool:
    return phase.outcome == "failed"


class _LoopLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the loop ledger. The loop's kind has a name of its own, since `kind` says what a line is."""

    name: str
    loop_kind: str
    created: Moment
    closed: Moment | None = None
    pending: tuple[str, ...] = ()

    def loop(self) -> Loop:
        return Loop(name=self.name, kind=self.loop_kind, created=self.created, closed=self.closed, pending=self.pending)


class StartedPhase(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of a test, begun; so that one can tell what hung or crashed."""

    test: str
    when: str


class SessionEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The session is over. Offsets: how many bytes had been printed by then; None if the probe couldn't tell."""

    stdout: int | None = None
    stderr: int | None = None


class StackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What everything was doing when the time limit was reached."""

    stacks: str = ""
    tasks: str = ""


class FlushLine(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's flush, by the clock that all processes of a machine share. No database: of all of them."""

    moment: Moment
    database: int | None
    time: float


class AtWork(msgspec.Struct, frozen=True, kw_only=True):
    """From its first command to the end of its call a worker's test was at work in a database."""

    test: str
    database: int
    began: float
    ended: float


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """The tests that a worker collected: all of the session's, whoever runs them."""

    tests: tuple[str, ...]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """All that one probe wrote."""

    evidence: Evidence
    flushes: tuple[FlushLine, ...] = ()
    at_work: tuple[AtWork, ...] = ()
    order: tuple[str, ...] = ()  # of tests, in a worker
    started: StartedPhase | None = None  # the last phase begun
    session_end: SessionEnd | None = None
    stacks: StackRecord | None = None
    collected: int | None = None  # tests that were to run


class _Collected(msgspec.Struct, frozen=True, kw_only=True):
    """Collection is over."""

    tests: int


class _NetworkLine(msgspec.Struct, frozen=True, kw_only=True):
    """The network that the process is in. Its kind has a name of its own, like a loop's."""

    network: Literal["own", "host"]
    unseen: int = 0


class _Kind(msgspec.Struct):
    kind: str


class _Lines(msgspec.Struct):
    """What was read from the lines so far."""

    tests: dict[str, _Attempts] = {}
    notes: list[str] = []
    problems: list[Problem] = []
    skipped: list[SkippedFile] = []
    warnings: list[RecordedWarning] = []
    unraisables: list[Unraisable] = []
    handler_calls: list[HandlerCall] = []
    background: list[BackgroundError] = []
    loops: dict[str, Loop] = {}
    connections: dict[str, Connection] = {}
    network: _NetworkLine | None = None
    others: dict[tuple[str, int], OtherServer] = {}
    at_end: ServerView | None = None
    flushes: list[FlushLine] = []
    at_work: list[AtWork] = []
    order: tuple[str, ...] = ()
    started: StartedPhase | None = None
    session_end: SessionEnd | None = None
    stacks: StackRecord | None = None
    collected: int | None = None

    def add(self, line: bytes) -> None:  # noqa: C901, PLR0912 - one case a kind, each a single step
        """Take in one line; raises `ValueError`. A kind this version doesn't know is left out."""
        match msgspec.json.decode(line, type=_Kind).kind:
            case "test-phase":
                phase = msgspec.json.decode(line, type=_Finished)
                done = Phase(when=phase.when, outcome=phase.outcome, chain=phase.chain)
                self.tests.setdefault(phase.test, _Attempts()).add(done, replaces=phase.replaces)
            case "note":
                self.notes.append(msgspec.json.decode(line, type=_Note).text)
            case "phase-start":
                self.started = msgspec.json.decode(line, type=StartedPhase)
            case "collected":
                self.collected = msgspec.json.decode(line, type=_Collected).tests
            case "problem":
                self.problems.append(msgspec.json.decode(line, type=Problem))
            case "skipped":
                self.skipped.append(msgspec.json.decode(line, type=SkippedFile))
            case "warning":
                self.warnings.append(msgspec.json.decode(line, type=RecordedWarning))
            case "unraisable":
                self.unraisables.append(msgspec.json.decode(line, type=Unraisable))
            case "handler-call":
                self.handler_calls.append(msgspec.json.decode(line, type=HandlerCall))
            case "background":
                self.background.append(msgspec.json.decode(line, type=BackgroundError))
            case "loop":
                loop = msgspec.json.decode(line, type=_LoopLine).loop()
                self.loops[loop.name] = loop
            case "connection":
                connection = msgspec.json.decode(line, type=Connection)
                self.connections[connection.name] = connection
            case "network":
                self.network = msgspec.json.decode(line, type=_NetworkLine)
            case "server":
                server = msgspec.json.decode(line, type=OtherServer)
                self.others[server.host, server.port] = server
            case "at-end":
                self.at_end = msgspec.json.decode(line, type=ServerView)
            case "flush":
                self.flushes.append(msgspec.json.decode(line, type=FlushLine))
            case "at-work":
                self.at_work.append(msgspec.json.decode(line, type=AtWork))
            case "order":
                self.order = msgspec.json.decode(line, type=_Order).tests
            case "session-end":
                self.session_end = msgspec.json.decode(line, type=SessionEnd)
            case "stacks":
                self.stacks = msgspec.json.decode(line, type=StackRecord)

    def _make_network(self) -> Network | None:
        """A server that nobody turned to is one that turned out to be the suite's own."""
        if self.network is None:
            return None
        others = tuple(server for server in self.others.values() if server.count)
        return Network(kind=self.network.network, others=others, unseen=self.network.unseen)

    def evidence(self, broken: str) -> Evidence:
        return Evidence(
            tests=tuple(
                Test(id=test, phases=tuple(one.phases), earlier=tuple(one.earlier)) for test, one in self.tests.items()
            ),
            notes=tuple(self.notes),
            problems=tuple(self.problems),
            skipped=tuple(self.skipped),
            warnings=tuple(self.warnings),
            unraisables=tuple(self.unraisables),
            handler_calls=tuple(self.handler_calls),
            background=tuple(self.background),
            loops=tuple(self.loops.values()),
            connections=tuple(self.connections.values()),
            network=self._make_network(),
            at_end=self.at_end,
            finished=self.session_end is not None,
            infrastructure=broken,
        )


def _replace_surrogates(line: bytes) -> bytes:
    """The line with a question mark for every character that isn't one.

    A suite may raise texts with half a surrogate pair, which Python writes as JSON without complaint and msgspec
    refuses to read. Raises `ValueError`.
    """
    return json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8", "replace")


def read_record(lines: Iterable[bytes]) -> Record:
    """Everything the probe wrote; never raises for what the lines say."""
    so_far = _Lines()
    broken = ""
    for number, line in enumerate(lines, start=1):
        try:
            so_far.add(line if b"\\ud" not in line else _replace_surrogates(line))
        except ValueError as error:
            if line.endswith(b"\n") and not broken:  # an unfinished line is the last thing a dying process wrote
                broken = f"line {number} of what the probe wrote can't be read: {error}"
    return Record(
        evidence=so_far.evidence(broken),
        flushes=tuple(so_far.flushes),
        at_work=tuple(so_far.at_work),
        order=so_far.order,
        started=so_far.started,
        session_end=so_far.session_end,
        stacks=so_far.stacks,
        collected=so_far.collected,
    )


def fold(lines: Iterable[bytes]) -> Evidence:
    """The evidence in the probe's lines, without what only the launcher can see."""
    return read_record(lines).evidence
