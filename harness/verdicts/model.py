"""What the signatures say about evidence."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """The closed list of verdicts. The first that applies is the one given, in this order:

    1. `not-applicable`, `unresolvable`: nothing was run (or the suite skipped every one of its tests)
    2. `infrastructure`: it was not measured, because the server or the machine failed
    3. `fails`: a test or the whole run failed of an error that no signature names, whatever else was met
    4. `reproduces`: one or more named errors, a hang or a crash; also where all tests pass, and the error was
       ignored by the interpreter, ended a thread or was logged
    5. `leaks`: all tests pass, but a connection, key, task or loop is left
    6. `warns`: all tests pass, nothing is left, but a warning says that it will break, or an error that no signature
       names reached no test: the interpreter ignored it, a loop's exception handler got it, or it ended a thread
    7. `clean`
    """

    CLEAN = "clean"
    WARNS = "warns"
    LEAKS = "leaks"
    REPRODUCES = "reproduces"
    FAILS = "fails"
    NOT_APPLICABLE = "not-applicable"
    UNRESOLVABLE = "unresolvable"
    INFRASTRUCTURE = "infrastructure"


class Channel(StrEnum):
    """Where an error was met: while the tests ran (setup and call), or while things were put away.

    `background` is what reached no test: an exception that ended a thread, or one that a log record carries.
    """

    BODY = "body"
    CLEANUP = "cleanup"
    BACKGROUND = "background"


class Role(StrEnum):
    """Place in the exception chain. ONLY: surface and root are the same exception, or there is no chain."""

    ONLY = "only"
    SURFACE = "surface"
    ROOT = "root"


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One signature met in one channel in one role; `tests` are the nodeids it was met in, in order.

    `tests` is empty for what surfaces whenever the garbage collector happens to run (unraisable exceptions, calls of
    a loop's exception handler, unclosed resources, output after the session) and for what ended a thread: two runs of
    a cell compare equal. Of what was logged, they are those that ran.
    """

    signature: str
    channel: Channel
    role: Role
    tests: tuple[str, ...] = ()
    sample: str = ""  # the first matching text, one line


class Unnamed(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An error that no signature names."""

    channel: Channel
    type: str
    text: str
    test: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement of one run of one suite, derived from its evidence alone (and the environment's own findings)."""

    status: Status
    findings: tuple[Finding, ...] = ()  # sorted
    unnamed: tuple[Unnamed, ...] = ()
    # A letter a test in order: "." passed, "F" call failed, "E" setup or teardown error, "x" xfailed, "X" xpassed,
    # "s" skipped, "?" never ended.
    pattern: str = ""
    reason: str = ""  # for not-applicable, unresolvable, infrastructure
    # How pytest ended where no test says it, whole: "did not start: unrecognized arguments: --reruns=2",
    # "ended with exit code 1: FAIL Required test coverage of 100% not reached. Total coverage: 33.33%".
    ending: str = ""
    unseen: tuple[str, ...] = ()  # servers such as "127.0.0.1:5432" that it used, and that nobody looked at for leaks
    # What the user should know of how it ran: a plugin's option changed, tests run again, servers that aren't ours.
    notes: tuple[str, ...] = ()
