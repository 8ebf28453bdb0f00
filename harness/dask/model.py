"""What goes to workers and comes back, as bytes: the Pythons at both ends may differ, what is pickled must not."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from harness.environments.model import Environment, EnvironmentRequest, Unresolvable
from harness.errors import ExitCode, HarnessError
from harness.pipeline.settings import Site

Answer = TypeVar("Answer")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error with a remedy, as a worker met it."""

    problem: str
    remedy: str
    exit_code: int
    worker: str  # its address


class SiteQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker's cells would run on."""

    server: str | None  # a backend's name; None: the default there
    launcher: str | None


class SiteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The site, or why there is none."""

    site: Site | None = None
    failure: Failure | None = None


class EnvironmentQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What an environment would be."""

    request: EnvironmentRequest
    python: str  # the interpreter's full version
    packages: tuple[tuple[str, ...], ...]  # the additions that cells ask for


class EnvironmentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The environment, or why it can't be had, or what kept the worker from finding that out."""

    environment: Environment | None = None
    unresolvable: Unresolvable | None = None
    failure: Failure | None = None


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of one environment that a worker runs in one go."""

    run: str
    number: int  # each piece of a run has its own
    request: EnvironmentRequest
    python: str  # the interpreter's full version
    cells: tuple[str, ...]  # ids
    samples: tuple[int, ...]  # which runs of each
    profile: str
    server: str | None
    launcher: str | None
    jobs: int | None
    limit: float
    memory: int
    recheck: float

    @property
    def runs(self) -> int:
        """How many runs of a cell it is."""
        return len(self.cells) * len(self.samples)


class PieceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a run on one machine would have left in its folder; with a failure, as far as it came."""

    lines: bytes = b""  # the results file
    evidence: dict[str, bytes] = {}  # packed, by hash
    notes: tuple[str, ...] = ()
    failure: Failure | None = None


class WorkerError(HarnessError):
    """What kept a worker from doing what it was asked. Ends with the code that it has on one machine."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"On the worker {failure.worker}: {failure.problem}", remedy=failure.remedy)
        self.exit_code = ExitCode(failure.exit_code)


def pack(message: msgspec.Struct) -> bytes:
    """As bytes."""
    return msgspec.msgpack.encode(message)


def unpack(data: bytes, kind: type[Answer]) -> Answer:
    """What was packed."""
    return msgspec.msgpack.decode(data, type=kind)


def note_failure(error: HarnessError, worker: str) -> Failure:
    """The error, to be sent."""
    return Failure(problem=error.problem, remedy=error.remedy, exit_code=error.exit_code, worker=worker)
