"""Part `runs`: a whole `matrix` run with nothing cached but packages, and the same again with nothing changed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness import concealing
from harness.benchmarking.model import RunMeasured, RunsMeasured
from harness.benchmarking.spread import spread
from harness.benchmarking.timed import Spent
from harness.cache import VARIABLE
from harness.environments.provisioning import Provisioner
from harness.errors import InfrastructureError
from harness.servers import urls
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.environments.model import EnvironmentRequest
    from harness.progress import Progress
    from harness.servers.guardian import Guardian
    from harness.store.model import Outcome

ROOT = Path(__file__).parents[2]

PATIENCE = 30.0
"""Seconds an interrupted run gets to end what it has started."""

LAST = 2000
"""Characters of what a failed run said that are repeated."""


def measure_runs(
    arguments: Sequence[str],
    requests: Sequence[EnvironmentRequest],
    *,
    server: str | None,
    rounds: int,
    guardian: Guardian,
    progress: Progress,
) -> RunsMeasured:
    """Run the part. `requests` are the environments that `matrix` will create, given these arguments.

    Raises `InfrastructureError` when a run doesn't end well, or does anything where it should have nothing to do.
    """
    with guardian.folder("packages") as folder:
        progress.note("fetching packages, so that the first run needn't")
        fetch_packages(Provisioner(root=folder), requests, guardian.environment("uv"))
    with guardian.folder("runs") as folder:
        run = Runner(folder, arguments, server, guardian)
        progress.note("a run with nothing cached but packages")
        cold = run.once()
        again = []
        for number in range(rounds):
            progress.note(f"the same again, {number + 1} of {rounds}")
            again.append(_nothing_new(run.once()))
    return RunsMeasured(
        arguments=(*arguments, *(("--server", shown_server(server)) if server else ())),
        cold=cold,
        again=tuple(again),
        again_wall=spread([each.wall for each in again]),
    )


def _nothing_new(measured: RunMeasured) -> RunMeasured:
    """Raise `InfrastructureError` when cells were run: this was to be a run with nothing to do."""
    if measured.run:
        raise InfrastructureError(
            f"The same again ran {measured.run} of {measured.outcomes} cells, as if something had changed.",
            remedy="Change nothing in the project or its server meanwhile, then run again.",
        )
    return measured


def shown_server(server: str) -> str:
    """A backend's name; of an address only that it is one."""
    return "URL" if urls.is_url(server) else server


def fetch_packages(provisioner: Provisioner, requests: Sequence[EnvironmentRequest], marker: Mapping[str, str]) -> None:
    """Have the installer's own cache hold all packages, by creating every environment."""
    provisioner.mark(marker)
    for request in requests:
        provisioner.provide(request)


class Runner:
    """Runs the same `matrix` command, its caches and results in a folder that is empty before the first."""

    def __init__(self, folder: Path, arguments: Sequence[str], server: str | None, guardian: Guardian) -> None:
        self._folder = folder
        self._spent = folder / "spent.json"
        self._results = folder / "results"
        self._log = folder / "log"
        self._guardian = guardian
        self._variables = {**os.environ, VARIABLE: str(folder / "cache"), **guardian.environment("run")}
        if server is not None:
            self._variables[concealing.VARIABLE] = server
        self._command = [
            *(sys.executable, "-m", "harness.benchmarking.timed", str(self._spent), "matrix"),
            *("--results", str(self._results), *arguments),
        ]

    def once(self) -> RunMeasured:
        """Run it to its end."""
        before = set(self._results.glob("*.jsonl"))
        wall = self._wall()
        spent = msgspec.json.decode(self._spent.read_bytes(), type=Spent)
        written = sorted(set(self._results.glob("*.jsonl")) - before)
        outcomes = [outcome for run in read_results(*written).runs for outcome in run.outcomes]
        _believe(outcomes)
        run = [outcome for outcome in outcomes if outcome.evidence and not outcome.reused_from]
        return RunMeasured(
            wall=wall,
            harness=spent.own,
            others=spent.others,
            cells=sum(outcome.timings.cpu for outcome in run if outcome.timings),
            run=len(run),
            reused=sum(bool(outcome.reused_from) for outcome in outcomes),
            outcomes=len(outcomes),
        )

    def _wall(self) -> float:
        """Seconds that the run took."""
        with self._log.open("wb") as log:
            clock = time.perf_counter()
            process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            with self._guardian.watching(process.pid):
                code = _wait(process)
            wall = time.perf_counter() - clock
        if code:
            said = self._log.read_text(encoding="utf-8", errors="replace")[-LAST:]
            raise InfrastructureError(
                f"The measured run ended with exit code {code}:\n{said}", remedy="Mend that, then run again."
            )
        return wall


def _believe(outcomes: Iterable[Outcome]) -> None:
    """Raise `InfrastructureError` when a cell couldn't be run: the time of such a run says nothing."""
    for outcome in outcomes:
        if outcome.verdict.status is Status.INFRASTRUCTURE:
            raise InfrastructureError(
                f"{outcome.cell} could not be run in {outcome.environment}: {outcome.verdict.reason}.",
                remedy="Mend that, then run again.",
            )


def _wait(process: subprocess.Popen[bytes]) -> int:
    """The exit code. Whatever cuts the wait short tells the run to end, and waits until it has put its things away."""
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
