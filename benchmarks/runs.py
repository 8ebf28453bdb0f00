"""Part `runs`: a whole `matrix` run with nothing cached but packages, and the same again with nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.model import RunMeasured, RunsMeasured
from benchmarks.process import Commands
from benchmarks.spread import find_spread
from harness.cache import VARIABLE
from harness.cli.passwords import SERVER_VARIABLE
from harness.environments.provisioning import Provisioner
from harness.errors import InfrastructureError
from harness.servers import urls
from harness.store.reading import read_results
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.environments.model import EnvironmentRequest
    from harness.output.progress import Progress
    from harness.processes.guardian import Guardian
    from harness.store.model import Outcome


def measure_runs(
    arguments: Sequence[str],
    requests: Sequence[EnvironmentRequest],
    *,
    release: str,
    server: str | None,
    rounds: int,
    guardian: Guardian,
    progress: Progress,
) -> RunsMeasured:
    """Run the part. `requests` are the environments that `matrix` will create, given these arguments.

    `release` is the one of pytest-asyncio that is run besides, if any; its environment is among the requests.

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
            again.append(_require_nothing_new(run.once()))
        column = None
        if release:
            progress.note(f"the same cells on pytest-asyncio {release}")
            column = run.once("--pytest-asyncio", release)
    return RunsMeasured(
        arguments=(*arguments, *(("--server", describe_server(server)) if server else ())),
        cold=cold,
        again=tuple(again),
        again_wall=find_spread([each.wall for each in again]),
        column=column,
        column_release=release,
    )


def _require_nothing_new(measured: RunMeasured) -> RunMeasured:
    """Raise `InfrastructureError` when cells were run: this was to be a run with nothing to do."""
    if measured.run:
        raise InfrastructureError(
            f"The same again ran {measured.run} of {measured.outcomes} cells, as if something had changed.",
            remedy="Change nothing in the project or its server meanwhile, then run again.",
        )
    return measured


def describe_server(server: str) -> str:
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
        self._results = folder / "results"
        self._arguments = ("matrix", "--results", str(self._results), *arguments)
        variables = {VARIABLE: str(folder / "cache")}
        if server is not None:
            variables[SERVER_VARIABLE] = server
        self._commands = Commands(folder, guardian, variables)

    def once(self, *more: str) -> RunMeasured:
        """Run it to its end, with `more` arguments."""
        before = set(self._results.glob("*.jsonl"))
        took = self._commands.run(*self._arguments, *more)
        written = sorted(set(self._results.glob("*.jsonl")) - before)
        outcomes = [outcome for run in read_results(*written).runs for outcome in run.outcomes]
        _require_complete(outcomes)
        run = [outcome for outcome in outcomes if outcome.evidence and not outcome.reused_from]
        return RunMeasured(
            wall=took.wall,
            harness=took.spent.own,
            others=took.spent.others,
            cells=sum(outcome.timings.cpu for outcome in run if outcome.timings),
            run=len(run),
            reused=sum(bool(outcome.reused_from) for outcome in outcomes),
            outcomes=len(outcomes),
        )


def _require_complete(outcomes: Iterable[Outcome]) -> None:
    """Raise `InfrastructureError` when a cell couldn't be run: the time of such a run says nothing."""
    for outcome in outcomes:
        if outcome.verdict.status is Status.INFRASTRUCTURE:
            raise InfrastructureError(
                f"{outcome.cell} could not be run in {outcome.environment}: {outcome.verdict.reason}.",
                remedy="Mend that, then run again.",
            )
