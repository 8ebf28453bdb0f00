"""What was seen in some cells of the baseline, kept beside it for the page. The evidence itself is too large."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.evidence.store import EvidenceError, EvidenceStore
from harness.files import read_regular, replace_file
from harness.report.evidence import LARGEST_RUN, reduce_evidence
from harness.report.measured import select_measured_outcomes
from harness.report.model import PageRun
from harness.store.files import find_results_files
from harness.store.reading import read_file, read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.store.model import Header, Outcome, Run

FILE = "seen.json.gz"
PROFILE = "quick"


class KeptRuns(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen in one run in one environment. Equal runs are there once."""

    environment: str  # its key
    run: str
    cells: dict[str, int]  # cell → its place in `runs`
    runs: tuple[PageRun, ...]

    def find(self, environment: str, outcome: Outcome) -> PageRun | None:
        """What was seen when this outcome was measured, where that is kept."""
        if (environment, outcome.run) != (self.environment, self.run) or outcome.cell not in self.cells:
            return None
        return self.runs[self.cells[outcome.cell]]


def find_kept(folders: Iterable[Path]) -> Callable[[str, Outcome], PageRun | None]:
    """Looks up what is kept beside the results in these folders."""
    known = [kept for folder in folders if (kept := read_kept(folder)) is not None]

    def find(environment: str, outcome: Outcome) -> PageRun | None:
        return next(filter(None, (kept.find(environment, outcome) for kept in known)), None)

    return find


def keep_runs(into: Path, source: Path) -> Path | None:
    """Write what the cells of `quick` and the well-known habits show in the newest environment of a baseline.

    None where the results that it was made from have no evidence of that beside them.
    """
    header = _find_newest(into)
    runs = [run for run in _read_runs(source, header) if run.header.run == header.run] if header else []
    kept = _reduce(runs[0], EvidenceStore(source)) if runs else None
    if kept is None or not kept.runs:
        return None
    path = into / FILE
    replace_file(path, gzip.compress(msgspec.json.encode(kept), compresslevel=9, mtime=0))
    return path


def read_kept(folder: Path) -> KeptRuns | None:
    """What is kept beside results; None where nothing is, or it can't be read."""
    with suppress(OSError, EOFError, zlib.error, msgspec.DecodeError):
        kept = msgspec.json.decode(gzip.decompress(read_regular(str(folder / FILE))), type=KeptRuns)
        if all(0 <= number < len(kept.runs) for number in kept.cells.values()):
            return kept
    return None


def _find_newest(folder: Path) -> Header | None:
    measured = select_measured_outcomes(read_results(folder, lean=True))
    main = [place for place, column in enumerate(measured.columns) if column.main]
    return measured.headers[max(main, key=measured.rank_release)] if main else None


def _read_runs(folder: Path, header: Header) -> Iterable[Run]:
    return (run for path in find_results_files(folder, header.environment_id) for run in read_file(path))


def _reduce(run: Run, store: EvidenceStore) -> KeptRuns:
    catalogue = load_catalogue()
    wanted = {cell.id for cell in list_profile_cells(catalogue, load_profile(PROFILE))}
    wanted.update(one.cell for one in load_highlights())
    known: dict[bytes, int] = {}
    cells: dict[str, int] = {}
    kept: list[PageRun] = []
    for outcome in sorted(run.outcomes, key=lambda one: (one.cell, one.sample)):
        if outcome.cell in wanted and outcome.evidence and outcome.cell not in cells:
            with suppress(EvidenceError):
                reduced = reduce_evidence(store.get(outcome.evidence), outcome.verdict)
                text = msgspec.json.encode(reduced)
                if len(text) <= LARGEST_RUN:
                    cells[outcome.cell] = known.setdefault(text, len(known))
                    kept += [reduced] if len(kept) < len(known) else []
    return KeptRuns(environment=run.header.environment_key, run=run.header.run, cells=cells, runs=tuple(kept))
