"""Measuring candidates: one environment at a time, the next ones being built meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from harness.environments.model import AddedPackages, Environment, EnvironmentRequest, Unresolvable
from harness.errors import HarnessError
from harness.pipeline.run import execute_plan
from harness.pipeline.settings import make_run_id
from harness.pipeline.soundness import require_sound
from harness.store.reading import read_run
from harness.verdicts.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.environments.provisioning import Provisioner
    from harness.pipeline.settings import Settings

BUILDERS = 2
"""Environments that are built ahead at the same time."""


class MeasuredEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the subject in one environment; without an environment, why there is none."""

    environment: Environment | None
    verdicts: tuple[Verdict, ...] = ()  # of its runs; one where it can't be expressed
    reason: str = ""
    run: str = ""  # in whose results they are


class Measurer(Protocol):
    """Measures a subject in the environment of a request."""

    def prepare(self, requests: Sequence[EnvironmentRequest]) -> None:
        """These are likely to be measured next; what was prepared before and isn't among them may be dropped."""
        ...

    def measure(self, request: EnvironmentRequest, repeat: int) -> MeasuredEnvironment:
        """Run the subject `repeat` times. Raises `InfrastructureError` when that can't be done."""
        ...


class PipelineMeasurer:
    """Runs what `settings.plan` holds, and writes the results as every run does. A context manager.

    Equal sets of packages are measured once, whatever was asked for to get them.
    """

    def __init__(self, settings: Settings, provisioner: Provisioner, *, jobs: int) -> None:
        self._settings = settings
        self._provisioner = provisioner
        self._jobs = jobs
        self._builders = ThreadPoolExecutor(BUILDERS, "ahead")
        self._ahead: dict[EnvironmentRequest, Future[None]] = {}
        self._known: dict[tuple[str, tuple[AddedPackages, ...], int], MeasuredEnvironment] = {}
        self._packages = sorted({cell.additions for cell in settings.subjects.values() if cell.additions})
        self.built: set[str] = set()  # digests of the environments that were built or found built

    @property
    def runs(self) -> tuple[str, ...]:
        """The ids of the runs so far."""
        return tuple(one.run for one in self._known.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nobody waits any more for what is being built ahead."""
        self._builders.shutdown(wait=False, cancel_futures=True)
        self._provisioner.stop()
        self._builders.shutdown()

    def prepare(self, requests: Sequence[EnvironmentRequest]) -> None:
        for request, future in list(self._ahead.items()):
            if request not in requests and future.cancel():
                del self._ahead[request]
        for request in requests:
            if request not in self._ahead:
                self._ahead[request] = self._builders.submit(self._build, request)

    def measure(self, request: EnvironmentRequest, repeat: int) -> MeasuredEnvironment:
        described = self._provisioner.describe(request, self._packages)
        if isinstance(described, Unresolvable):
            return MeasuredEnvironment(environment=None, reason=described.reason)
        key = described.digest, described.additions, repeat
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._run(request, described, repeat)
        return known

    def _build(self, request: EnvironmentRequest) -> None:
        try:
            described = self._provisioner.describe(request, self._packages)
            if isinstance(described, Environment):
                for packages in ((), *self._packages):
                    self._provisioner.build(request, described, packages)
                self.built.add(described.digest)
        except HarnessError:
            # If it is measured after all, the error is raised there.
            return

    def _run(self, request: EnvironmentRequest, described: Environment, repeat: int) -> MeasuredEnvironment:
        self.built.add(described.digest)
        plan = msgspec.structs.replace(self._settings.plan, requests=(request,), repeat=repeat)
        settings = replace(self._settings, plan=plan, run=make_run_id())
        execute_plan(settings, self._provisioner, jobs=self._jobs)
        results = read_run(settings.folder, settings.run)
        verdicts = tuple(outcome.verdict for run in results.runs for outcome in run.outcomes)
        require_sound(results)
        return MeasuredEnvironment(environment=described, verdicts=verdicts, run=settings.run)
