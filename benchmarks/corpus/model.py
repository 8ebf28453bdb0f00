"""What is in the corpus, and what came of running it."""

from __future__ import annotations

import msgspec

Phases = dict[str, str]  # setup, call and teardown with their outcomes: passed, failed, skipped, xfailed, xpassed


class CorpusProject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release whose source distribution carries its tests, or, without a version, a shape: a small suite of ours."""

    name: str
    version: str = ""
    sha256: str = ""  # of the source distribution
    python: str = "3.13"
    extras: tuple[str, ...] = ()  # of the release
    requirements: tuple[str, ...] = ()  # what its tests need besides
    arguments: tuple[str, ...] = ()  # for pytest
    variables: dict[str, str] = {}
    ports: tuple[int, ...] = ()  # on which its tests expect further servers
    left_out: str = ""  # which of its tests don't run here, and why
    installed: bool = False  # a shape that is a project, which its author has installed
    prepared: bool = True  # taken to `--environment`; False: the program finds out what the suite needs
    tested: bool = False  # among those that the project's own tests run


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a suite, by either side."""

    tests: dict[str, Phases]  # by node id; a test that was run again counts with its last attempt
    not_collected: tuple[str, ...] = ()
    code: int | None = None  # pytest's exit code; None: it did not end by itself
    wall: float = 0.0  # seconds from the start of Python to its end


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What the program says of a suite."""

    label: str = ""
    lines: tuple[str, ...] = ()  # the first ones of its result


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A test, or the end of the run, of which the two sides don't say the same."""

    place: str
    plain: str
    ours: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A project, run several times by each side."""

    name: str
    version: str
    left_out: str
    command: str
    tests: int
    plain: str  # "3 failed, 600 passed"
    ours: str
    differences: tuple[Difference, ...]
    unstable: tuple[Difference, ...]  # what varies from run to run on either side, and agrees in some
    plain_wall: tuple[float, ...]  # seconds, one a run
    ours_wall: tuple[float, ...]
    printed: Printed

    @property
    def ratio(self) -> float:
        """The least of ours by the least of plain pytest's: what else the machine does only adds."""
        return min(self.ours_wall) / min(self.plain_wall)


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """All that was compared in one go."""

    harness: str
    machine: str
    projects: tuple[Compared, ...]
