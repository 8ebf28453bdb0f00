"""`fidelity`: run cells under both launchers and hold the evidence against each other."""

from __future__ import annotations

import dataclasses
import random
import statistics
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.environments.model import Built
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode, InfrastructureError, UsageError
from harness.pipeline.cells import execute, target_of
from harness.pipeline.settings import Settings, cores
from harness.progress import progress_on
from harness.running.comparing import differences
from harness.running.fork import ForkLauncher, available
from harness.running.planning import Plan, plan_cells, plan_requests
from harness.running.spawn import SpawnLauncher
from harness.servers.choose import open_server
from harness.servers.guardian import Guardian
from harness.store.evidence import EvidenceStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.environments.model import Environment, EnvironmentRequest
    from harness.requests import FidelityOptions

AGAIN = 3
"""Further runs under each launcher where they differ: a suite that differs from itself says nothing about launchers."""

SEED = 0
"""The same sample every time."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One cell under both launchers."""

    cell: str
    spawn_cpu: float
    fork_cpu: float
    differences: tuple[str, ...]  # spawn's on the left
    varies: bool = False  # a launcher differs from itself as much


def run(options: FidelityOptions) -> int:
    """Compare, print each difference and a line for each environment; 1 if there is any difference."""
    if not available():
        raise UsageError("This system has no fork, so there is nothing to compare.", remedy="Run it on Linux or macOS.")
    catalogue = load_catalogue()
    cells = sample(plan_cells(options, catalogue), options.sample)
    provisioner = Provisioner()
    requests = plan_requests(options, provisioner.interpreters, provisioner.releases)
    plan = Plan(cells=cells, requests=requests, repeat=1, profile=options.profile)
    with ExitStack() as stack:
        comparison = Comparison(options, plan, catalogue, stack)
        equal = [comparison.environment(provisioner, request) for request in requests]
    return ExitCode.DONE if all(equal) else ExitCode.DIFFERENCES


def sample(cells: Sequence[Cell], size: int | None) -> tuple[Cell, ...]:
    """`size` cells chosen at random, or all."""
    if size is None or size >= len(cells):
        return tuple(cells)
    return tuple(random.Random(SEED).sample(cells, size))  # noqa: S311 - no secret


class Comparison:
    """A server and the two launchers."""

    def __init__(self, options: FidelityOptions, plan: Plan, catalogue: Catalogue, stack: ExitStack) -> None:
        guardian = stack.enter_context(Guardian())
        self._jobs = options.jobs or cores()
        server = stack.enter_context(open_server(options.server, databases=self._jobs, guardian=guardian))
        scratch = stack.enter_context(guardian.folder("suites"))
        self._fork = stack.enter_context(closing(ForkLauncher(guardian=guardian)))
        self._settings = Settings(
            plan=plan,
            catalogue=catalogue,
            server=server,
            launcher=SpawnLauncher(guardian=guardian),
            progress=stack.enter_context(progress_on()),
            evidence=EvidenceStore(scratch),
            folder=scratch,
            scratch=scratch,
            limit=options.limit,
        )
        self._forking = dataclasses.replace(self._settings, launcher=self._fork)

    def environment(self, provisioner: Provisioner, request: EnvironmentRequest) -> bool:
        """Compare all cells in one environment and print what came of it. Whether the launchers agree."""
        built = provisioner.provide(request)
        if not isinstance(built, Built):
            print(f"{built.id}: can't be resolved")
            return True
        self._fork.spawned.clear()
        with ThreadPoolExecutor(self._jobs, "cell") as workers:
            results = list(workers.map(lambda cell: self._compare(built, cell), self._cells(built.environment)))
        report(built.environment.id, results, self._fork.spawned)
        return all(result.varies or not result.differences for result in results)

    def _cells(self, environment: Environment) -> Iterator[Cell]:
        target = target_of(environment)
        for cell in self._settings.plan.cells:
            if self._settings.catalogue.not_applicable(cell, target) is None:
                yield cell

    def _compare(self, built: Built, cell: Cell) -> Compared:
        files = self._settings.catalogue.suite(cell, target_of(built.environment))
        spawn, spawn_timings = execute(self._settings, built, files)
        fork, fork_timings = execute(self._forking, built, files)
        for evidence in (spawn, fork):
            if evidence.infrastructure:
                raise InfrastructureError(
                    f"{cell.id} could not be run: {evidence.infrastructure}.", remedy="Mend that and compare again."
                )
        found = differences(spawn, fork)
        return Compared(
            cell=cell.id,
            spawn_cpu=spawn_timings.cpu,
            fork_cpu=fork_timings.cpu,
            differences=found,
            varies=bool(found) and self._varies(built, files),
        )

    def _varies(self, built: Built, files: dict[str, str]) -> bool:
        """Whether some run under one launcher equals some run under the other, if they are repeated."""
        spawned = [execute(self._settings, built, files)[0] for _ in range(AGAIN)]
        forked = [execute(self._forking, built, files)[0] for _ in range(AGAIN)]
        return any(not differences(one, other) for one in spawned for other in forked)


def report(environment: str, results: Sequence[Compared], spawned: dict[str, int]) -> None:
    """Print the differences and the environment's line."""
    for result in results:
        for difference in result.differences:
            print(f"  {result.cell}{' (varies by itself)' if result.varies else ''}: {difference}")
    for reason, count in Counter(spawned).most_common():
        print(f"  {count} left to spawn: {reason}")
    equal = sum(not result.differences for result in results)
    varying = sum(result.varies for result in results)
    line = f"{environment}: {equal} of {len(results)} equal"
    if varying:
        line += f", {varying} vary by themselves"
    if results:
        spawn = statistics.median(result.spawn_cpu for result in results)
        fork = statistics.median(result.fork_cpu for result in results)
        line += f"; CPU a cell {spawn * 1000:.0f} ms under spawn, {fork * 1000:.0f} ms under fork"
    print(line, flush=True)
