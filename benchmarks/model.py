"""What a benchmark measured: the file that `benchmark` writes. Times are seconds; CPU is user and system together."""

from __future__ import annotations

import msgspec

from harness.environments.model import Environment
from harness.servers.model import ServerInfo
from harness.store.model import Machine, RunName

BENCHMARK_SCHEMA = 2


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Where a series of measurements lies."""

    median: float
    low: float  # first quartile
    high: float  # third quartile
    least: float
    most: float


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one cell by one contender."""

    cpu: float  # the suite's process and its descendants, and what the warm process spent that forked it
    harness: float  # what the harness's own process spent meanwhile, not contained in `cpu`
    wall: float


class OutcomeLetters(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite did, as pytest's own progress line shows it. The same under all contenders, in every round."""

    letters: str  # "F.F.F": one for each call, and E for each failed setup or teardown
    exit_code: int

    def __str__(self) -> str:
        return f"{self.letters or 'no test'}, exit code {self.exit_code}"


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """All samples of one cell in one environment under one contender, in order of the rounds."""

    environment: str  # id
    cell: str
    contender: str  # plain | spawn | fork
    course: OutcomeLetters
    samples: tuple[Sample, ...]
    cpu: Spread


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """How many times the CPU of `contender` the plain run took, for a group's cells together, round by round."""

    environment: str
    group: str  # a cell's id, or: all that pass | all that fail | all
    cells: int
    contender: str  # spawn | fork
    times: Spread


class CellsMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """Part `cells`: the same cells under each contender, interleaved."""

    server: ServerInfo
    rounds: int
    warm_up: int  # rounds before those, not in the samples
    environments: tuple[Environment, ...]
    series: tuple[Series, ...]
    ratios: tuple[Ratio, ...]
    warm_starts: dict[str, float]  # environment → CPU of its warm process up to and with its first fork, paid once


class RunMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """One `matrix` run in a process of its own."""

    wall: float
    harness: float  # CPU of the harness's own process
    others: float  # CPU of everything it started: cells, server, warm processes, uv
    cells: float  # CPU of the cells that were run, contained in `others`
    run: int  # outcomes that were run
    reused: int  # outcomes that were taken over
    outcomes: int  # all, also what is not applicable


class RunsMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """Part `runs`: a run with nothing cached but packages, the same again, and a default run's column for a release."""

    arguments: tuple[str, ...]  # what `matrix` was given besides its folder; empty for a default run
    cold: RunMeasured
    again: tuple[RunMeasured, ...]
    again_wall: Spread
    column: RunMeasured | None = None  # the cells of a default run on one more release
    column_release: str = ""


class CompareSample(msgspec.Struct, frozen=True, kw_only=True):
    """One `compare` in a process of its own."""

    cpu: float
    wall: float
    peak: int  # bytes of memory that it had at most


class ComparesMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """Part `compare`: two large sets of results, made up of recorded ones, compared with each other."""

    outcomes: int  # in each set
    environments: int  # in each set
    recorded: tuple[str, ...]  # ids of the environments whose outcomes the sets are made of
    bytes: int  # that both sets take on disk
    changed: int  # outcomes that differ
    samples: tuple[CompareSample, ...]
    cpu: Spread
    wall: Spread
    peak: Spread


class BisectMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """Part `bisect`: one bisection that builds every environment it needs, with nothing cached but packages."""

    arguments: tuple[str, ...]  # what `bisect` was given besides its folder; empty for the default
    cell: str
    releases: int  # that it could have run
    run: int  # of them, those that it ran
    changes: int  # that it found
    wall: float
    harness: float  # CPU of the harness's own process
    others: float  # CPU of everything it started: uv, the cells, the server


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """The file. A part that was not asked for is null."""

    schema: int = BENCHMARK_SCHEMA
    run: RunName
    harness: str
    machine: Machine
    cells: CellsMeasured | None = None
    runs: RunsMeasured | None = None
    compares: ComparesMeasured | None = None
    bisect: BisectMeasured | None = None
