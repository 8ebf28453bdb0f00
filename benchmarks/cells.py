"""Part `cells`: CPU a cell under each contender, in one run, interleaved so that a busy machine hits all alike."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import ContenderRunner, open_contenders
from benchmarks.model import CellsMeasured, Series
from benchmarks.spread import find_ratios, find_spread
from harness.environments.model import Built, Environment
from harness.errors import InfrastructureError, UsageError
from harness.pipeline.cells import make_target
from harness.servers.opening import open_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.contenders import Contender
    from benchmarks.model import OutcomeLetters, Sample
    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.cell import Cell
    from harness.environments.model import EnvironmentRequest
    from harness.environments.provisioning import Provisioner
    from harness.output.progress import Progress
    from harness.processes.guardian import Guardian

CELLS = (
    "default/function/async_fixture/aclose",
    "default/function/inside_test/async_with",
    "default/function/event_loop_fixture/aclose",
    "default/session/async_fixture/aclose@loop_scope=session",
    "default/function/module_global/none",
    "default/function/shared_pool/aclose",
    "default/session/async_fixture/aclose",
)
"""Measured when none is named. Of each plugin version some pass and some fail."""

PLUGINS = ("0.21.2", "0.26.0", "newest")
"""Releases of pytest-asyncio when none is named."""

WARM_UP = 4
"""Rounds before the first that counts: files come into the page cache, byte code is written, processes get warm.
As many as it takes until the levels of a warm process start, which is when test modules come for the fourth time."""


@dataclass(frozen=True, kw_only=True)
class CellPlace:
    """One cell in one environment, with its suite's text."""

    built: Built
    cell: str
    files: dict[str, str]


class ContenderSamples:
    """The samples of one place under one contender."""

    def __init__(self, course: OutcomeLetters) -> None:
        self.course = course
        self.samples: list[Sample] = []


def measure_cells(
    catalogue: Catalogue,
    provisioner: Provisioner,
    requests: Sequence[EnvironmentRequest],
    cells: Sequence[Cell],
    *,
    server: str | None,
    rounds: int,
    guardian: Guardian,
    progress: Progress,
) -> CellsMeasured:
    """Run the part.

    Raises `UsageError` where cells or environments can't be had, and `InfrastructureError` when contenders don't do the
    same or one of them can't do it at all.
    """
    provisioner.mark(guardian.environment("uv"))
    places = [place for request in requests for place in _make_places(catalogue, provisioner, request, cells, progress)]
    with ExitStack() as stack:
        scratch = stack.enter_context(guardian.folder("suites"))
        running = stack.enter_context(open_server(server, databases=1, guardian=guardian))
        series = Rounds(
            ContenderRunner(running, scratch), places, stack.enter_context(open_contenders(guardian)), progress
        )
        series.run(rounds)
        return CellsMeasured(
            server=running.info,
            rounds=rounds,
            warm_up=WARM_UP,
            environments=tuple({one.built.environment.id: one.built.environment for one in places}.values()),
            series=(found := series.series()),
            ratios=find_ratios(found),
            warm_starts=series.warm_starts,
        )


def _make_places(
    catalogue: Catalogue,
    provisioner: Provisioner,
    request: EnvironmentRequest,
    cells: Sequence[Cell],
    progress: Progress,
) -> Iterator[CellPlace]:
    """Each cell that can be expressed in the environment, which is built."""
    described = provisioner.describe(request, map(catalogue.additions, cells))
    if not isinstance(described, Environment):
        raise UsageError(f"{described.id} can't be resolved: {described.reason}", remedy="Name other versions.")
    target = make_target(described)
    reasons = {cell: catalogue.not_applicable(cell, target) for cell in cells}
    for cell, reason in reasons.items():
        if reason is None:
            built = provisioner.build(request, described, catalogue.additions(cell))
            yield CellPlace(built=built, cell=cell.id, files=catalogue.suite(cell, target))
        else:
            progress.note(f"{cell.id} is left out in {described.id}: {reason}")
    if all(reasons.values()):
        raise UsageError(f"No cell can be run in {described.id}.", remedy="Name other cells or versions.")


class Rounds:
    """Rounds of every place under every contender."""

    def __init__(
        self, bench: ContenderRunner, places: Sequence[CellPlace], contenders: Sequence[Contender], progress: Progress
    ) -> None:
        self._bench = bench
        self._places = places
        self._contenders = contenders
        self._progress = progress
        self._measured: dict[tuple[int, str], ContenderSamples] = {}
        self.warm_starts: dict[str, float] = {}

    def run(self, rounds: int) -> None:
        """Warm up, then measure."""
        self._progress.started((WARM_UP + rounds) * len(self._places) * len(self._contenders))
        for number in range(-WARM_UP, rounds):
            for index, place in enumerate(self._places):
                for contender in rotate(self._contenders, number + index):
                    self._run_once(number, index, place, contender)
        self._progress.finished()

    def series(self) -> tuple[Series, ...]:
        """What was measured, place by place."""
        return tuple(
            self._series(index, contender.name) for index in range(len(self._places)) for contender in self._contenders
        )

    def _series(self, index: int, contender: str) -> Series:
        place, measured = self._places[index], self._measured[index, contender]
        return Series(
            environment=place.built.environment.id,
            cell=place.cell,
            contender=contender,
            course=measured.course,
            samples=tuple(measured.samples),
            cpu=find_spread([sample.cpu for sample in measured.samples]),
        )

    def _run_once(self, number: int, index: int, place: CellPlace, contender: Contender) -> None:
        environment = place.built.environment.id
        self._progress.cell_started(place.cell, environment)
        started = len(self._bench.warm_starts)
        course, sample = self._bench.run(contender, place.built, place.cell, place.files)
        for start in self._bench.warm_starts[started:]:
            self.warm_starts[environment] = start
        measured = self._measured.setdefault((index, contender.name), ContenderSamples(course))
        self._agree(place, index, contender.name, course)
        if number >= 0:
            measured.samples.append(sample)
        self._progress.cell_finished(place.cell, environment, contender.name, unexpected=False)

    def _agree(self, place: CellPlace, index: int, contender: str, course: OutcomeLetters) -> None:
        """Raise `InfrastructureError` unless the suite did what it did before, whoever ran it."""
        for (other, name), measured in self._measured.items():
            if other == index and measured.course != course:
                raise InfrastructureError(
                    f"{place.cell} in {place.built.environment.id} did not do the same each time, so its times can't "
                    f"be compared: {course} under {contender}, but {measured.course} under {name}.",
                    remedy="Leave that cell out.",
                )


def rotate(contenders: Sequence[Contender], by: int) -> list[Contender]:
    """Each is the first as often as the others."""
    start = by % len(contenders)
    return [*contenders[start:], *contenders[:start]]
