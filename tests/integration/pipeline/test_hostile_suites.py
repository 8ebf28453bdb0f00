"""Hostile suites, each beside an ordinary suite and before another one. Suites of one's own run in new processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.evidence.comparing import find_differences
from harness.launchers.fork import can_fork
from harness.launchers.model import Job
from harness.launchers.spawn import SpawnLauncher
from harness.pipeline.cells import make_target
from harness.processes import killing as guard
from harness.processes.guardian import Guardian
from harness.servers.opening import open_server
from harness.verdicts.classify import classify
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_signatures
from tests.integration.pipeline.hostile_suites import FULL, HARMS, MEMORY, cases, suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.evidence.model import Evidence
    from harness.launchers.model import Launcher
    from harness.servers.model import Server
    from tests.integration.pipeline.hostile_suites import Harm

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not can_fork(), reason="the harm is done by way of forks, signals and limits of POSIX"),
]

NEIGHBOURS = ("default/function/module_global/none", "default/function/async_fixture/aclose")
LONG = 60.0
"""Seconds no neighbour needs."""

EVERY = 1 if FULL else 3
"""Of how many hostile suites one has neighbours."""


@dataclass(frozen=True)
class Met:
    """What came of a hostile suite, of the one beside it and of the one after it, and which processes were left."""

    evidence: Evidence
    neighbours: tuple[Evidence, ...]
    left: tuple[str, ...]


class Bench:
    """Runs suites in a real environment, two at a time, each with a server of its own."""

    def __init__(self, built: Built, guardian: Guardian, server: Server, folder: Path) -> None:
        self._built = built
        self._guardian = guardian
        self._server = server
        self._folder = folder
        self._numbers = count()
        catalogue, target = load_catalogue(), make_target(built.environment)
        self.neighbours = [catalogue.suite(catalogue.parse(cell), target) for cell in NEIGHBOURS]

    def run(self, launcher: Launcher, files: Mapping[str, str], limit: float = LONG, memory: int = MEMORY) -> Evidence:
        folder = self._folder / f"suite-{next(self._numbers)}"
        write_suite(files, folder)
        with self._server.lease() as database:
            job = Job(suite=folder, python=self._built.python, database=database, limit=limit, memory=memory)
            return launcher.run(job)[0]

    def meet(self, launcher: Launcher, harm: Harm, place: str, *, neighbours: bool) -> Met:
        with ThreadPoolExecutor(1) as beside:
            other = beside.submit(self.run, launcher, self.neighbours[0]) if neighbours else None
            evidence = self.run(launcher, suite(harm, place), harm.limit)
            met = (other.result(), self.run(launcher, self.neighbours[1])) if other else ()
        return Met(evidence=evidence, neighbours=met, left=tuple(self._left()))

    def _left(self) -> Iterator[str]:
        """Processes of suites. Servers and warm processes stay for the next suite."""
        processes = {*guard.find_tagged(self._guardian.marker), *guard.find_marked(self._guardian.marker)}
        for process in processes:
            command = " ".join(process.cmdline())
            if "valkey-server" not in command and "--warm" not in command:
                yield command


@pytest.fixture(scope="module")
def bench(python: str) -> Iterator[Bench]:
    built = Provisioner().provide(EnvironmentRequest(python=python, plugin="1.0.0"))
    assert isinstance(built, Built)
    with (
        Guardian() as guardian,
        open_server(None, databases=2, guardian=guardian) as server,
        guardian.folder("suites") as folder,
    ):
        yield Bench(built, guardian, server, folder)


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    with Guardian() as guardian:
        yield SpawnLauncher(guardian=guardian)


@pytest.fixture(scope="module")
def undisturbed(bench: Bench, launcher: Launcher) -> list[Evidence]:
    """What the neighbours are like when they are alone."""
    return [bench.run(launcher, files) for files in bench.neighbours]


@pytest.mark.parametrize(("name", "place"), cases())
def test_a_hostile_suite_comes_to_what_it_should_and_its_neighbours_to_what_they_were(
    bench: Bench, launcher: Launcher, undisturbed: list[Evidence], name: str, place: str
) -> None:
    harm = HARMS[name]
    met = bench.meet(launcher, harm, place, neighbours=cases().index((name, place)) % EVERY == 0)
    verdict = classify(met.evidence, load_signatures())
    if harm.fails:
        assert verdict.status is Status.FAILS
    else:
        assert verdict.unnamed == ()
        assert {finding.signature for finding in verdict.findings} == harm.signatures
        assert verdict.status is (Status.REPRODUCES if harm.signatures else Status.CLEAN)
    assert [find_differences(*pair) for pair in zip(undisturbed, met.neighbours, strict=False)] == [()] * len(
        met.neighbours
    )
    assert met.left == ()
