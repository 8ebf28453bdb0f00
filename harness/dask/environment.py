"""One environment at the client: what of it need not be run, the pieces of the rest, and the files that they go to."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.dask.model import Piece, WorkerError
from harness.errors import InfrastructureError
from harness.evidence.store import make_evidence_path
from harness.launchers.model import REFERENCE
from harness.pipeline.recording import (
    EnvironmentFile,
    list_measurements,
    make_header,
    open_earlier,
    record_unresolvable,
    sort_out,
)
from harness.pipeline.reference import find_reference
from harness.pipeline.storage import RESULTS_REMEDY, report_storage_errors
from harness.store.earlier import list_conditions
from harness.store.reading import read_file
from harness.store.uniting import take_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.catalogue.cell import Cell
    from harness.dask.model import EnvironmentAnswer, PieceAnswer
    from harness.environments.model import Environment, EnvironmentRequest, Interpreter
    from harness.pipeline.rechecking import Run as CellRun
    from harness.pipeline.settings import Recording, Site
    from harness.planning.costs import Estimator
    from harness.store.model import Header, Outcome, Run
    from harness.suites.subject import Subject


@dataclass(frozen=True, kw_only=True)
class DaskPlace:
    """Where on a cluster an environment is."""

    system: str
    interpreter: Interpreter
    sites: tuple[Site, ...]  # of the workers that have both


class SpreadEnvironment:
    """Stores what workers measured, piece by piece, each at once when it comes.

    Outcomes of workers that are not alike are in files of their own: what a file's header says of the machine, the
    server and the simplest suite holds for each of its outcomes.
    """

    def __init__(self, recording: Recording, request: EnvironmentRequest, place: DaskPlace) -> None:
        self.request = request
        self.place = place
        self.recording = recording
        self.cells = recording.plan.cells_in(request)
        self._described: Environment | None = None
        self._skipped: list[Outcome] = []  # that no file was there for yet
        self._files: dict[bytes, EnvironmentFile] = {}
        self._left = 0

    @property
    def packages(self) -> tuple[tuple[str, ...], ...]:
        """The additions that its cells ask for."""
        return tuple(sorted({self.recording.subject(cell).additions for cell in self.cells}))

    @property
    def id(self) -> str:
        """The environment's, once it is described."""
        return self._described.id if self._described else f"Python {self.request.python}"

    def list_pieces(
        self, answer: EnvironmentAnswer, template: Piece, estimator: Estimator, length: float
    ) -> list[Piece]:
        """What is to be run, in pieces that take so many seconds each. What need not be run is recorded first."""
        recording = self.recording
        if answer.unresolvable is not None:
            file = self._open(make_header(recording, self.place.sites[0], answer.unresolvable))
            record_unresolvable(file, recording, answer.unresolvable, self.cells)
            self._finish()
            return []
        assert answer.environment is not None
        self._described = answer.environment
        applicable, self._skipped = sort_out(recording, self.place.sites[0], answer.environment, self.cells)
        runs = [(cell, sample) for sample in recording.plan.list_samples() for cell in applicable]
        pieces = [
            msgspec.structs.replace(
                template, request=self.request, python=self.place.interpreter.version, cells=cells, samples=samples
            )
            for cells, samples in self._divide(self._take_over(answer.environment, runs, template), estimator, length)
        ]
        self._left = len(pieces)
        if not pieces:
            self._finish()
        return pieces

    def store(self, piece: Piece, answer: PieceAnswer) -> None:
        """Store what came of a piece. Raises `WorkerError` for one that failed, of which the rest is stored."""
        runs = self._unpack(answer)
        for run in runs:
            self._open(self._unify(run.header)).record(*run.outcomes, rechecks=run.rechecks)
        if answer.failure is not None:
            raise WorkerError(answer.failure)
        _require_whole(piece, runs)
        self._left -= 1
        if not self._left:
            self._finish()

    def close(self) -> None:
        """Close the files, without a footer. For when nothing more comes."""
        self._close_files(CancelledError)

    def _take_over(self, environment: Environment, runs: Sequence[CellRun], template: Piece) -> list[CellRun]:
        """Record what earlier runs measured on workers like those there are; what is left to run."""
        recording = self.recording
        left = [*runs]
        unlike = {list_conditions(make_header(recording, site, environment)): site for site in self.place.sites}
        for site in unlike.values():
            rechecked = template.recheck >= 100 and site.launcher != REFERENCE
            earlier = open_earlier(recording, site, environment, rechecked=rechecked)
            reference = find_reference(recording, environment, earlier) if earlier is not None else None
            if earlier is None or reference is None or not left:
                continue
            wanted = list_measurements(recording, environment, left, earlier)
            found = self._open(make_header(recording, site, environment, reference)).take_over(wanted, earlier)
            left = [run for run in left if run not in found]
        return left

    def _divide(
        self, runs: Iterable[CellRun], estimator: Estimator, length: float
    ) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
        """Cells whose same samples are to be run, so many that they take as long. All runs of a cell stay together."""
        samples: dict[Cell | Subject, list[int]] = defaultdict(list)
        for cell, sample in runs:
            samples[cell].append(sample)
        alike: dict[tuple[int, ...], list[Cell | Subject]] = defaultdict(list)
        for cell, numbers in samples.items():
            alike[tuple(numbers)].append(cell)
        for same, cells in alike.items():
            piece: list[str] = []
            seconds = 0.0
            for cell, cost in zip(cells, estimator.estimate_cells(self.request, tuple(cells)), strict=True):
                if piece and seconds + cost * len(same) > length:
                    yield tuple(piece), same
                    piece, seconds = [], 0.0
                piece.append(cell.id)
                seconds += cost * len(same)
            yield tuple(piece), same

    def _unpack(self, answer: PieceAnswer) -> tuple[Run, ...]:
        """The runs in the results file that a worker sent, their evidence taken over."""
        with tempfile.TemporaryDirectory() as name, report_storage_errors("Results", Path(name), RESULTS_REMEDY):
            folder = Path(name)
            (folder / "piece.jsonl").write_bytes(answer.lines)
            for content_hash, packed in answer.evidence.items():
                path = folder / make_evidence_path(content_hash)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(packed)
            runs = read_file(folder / "piece.jsonl")
            if take_evidence(runs, self.recording.folder).missing:
                raise InfrastructureError("A worker sent results without their evidence.", remedy="Run again.")
            return runs

    def _unify(self, header: Header) -> Header:
        """With all additions of the environment, not just those of the piece, if it is the same environment."""
        own, whole = header.environment, self._described
        if own is None or whole is None or own.digest != whole.digest or set(own.additions) - set(whole.additions):
            return header
        return msgspec.structs.replace(header, environment=whole)

    def _open(self, header: Header) -> EnvironmentFile:
        """The file for outcomes under this header. Which evidence of the simplest suite it names is all the same."""
        key = msgspec.json.encode(msgspec.structs.replace(header, reference=""))
        if key not in self._files:
            self._files[key] = EnvironmentFile(self.recording, header, part=len(self._files) + 1)
            self._files[key].record_skipped(self._skipped)
            self._skipped = []
        return self._files[key]

    def _finish(self) -> None:
        if not self._files and self._described is not None:  # there is no cell that could have been run
            self._open(make_header(self.recording, self.place.sites[0], self._described))
        self._close_files(None)

    def _close_files(self, kind: type[BaseException] | None) -> None:
        files, self._files = self._files, {}  # first: Ctrl-C while one is closed must not let it be closed again
        for file in files.values():
            file.close(kind)


def _require_whole(piece: Piece, runs: Iterable[Run]) -> None:
    """Raise `InfrastructureError` unless there is just one outcome of each run of a cell."""
    wanted = sorted((cell, sample) for cell in piece.cells for sample in piece.samples)
    if sorted((outcome.cell, outcome.sample) for run in runs for outcome in run.outcomes) != wanted:
        raise InfrastructureError(
            f"A worker sent other outcomes than those of the {piece.runs} cells that it was to run.",
            remedy="Run again.",
        )
