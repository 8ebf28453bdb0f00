"""Results made small enough to be committed: one packed file an environment, without what only this machine can use."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import msgspec

from harness.errors import UsageError
from harness.store.files import packed_file_name, replace_file
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from pathlib import Path

    from harness.store.model import Line, Outcome, Results, Run


def condense(results: Results) -> tuple[Run, ...]:
    """The newest finished run of each environment, its outcomes in order of their cells.

    Evidence hashes and timings are left out: the evidence stays behind, and timings are of one machine. What went wrong
    must not become what later runs are held against: raises `UsageError` for a cell that its server failed, and for a
    run in which launchers differed.
    """
    newest: dict[str, Run] = {}
    for run in sorted(results.runs, key=lambda run: run.header.run):
        if not run.interrupted:
            newest[run.header.environment_id] = run
    for run in newest.values():
        _require_sound(run)
    return tuple(_condensed(newest[name]) for name in sorted(newest))


def write_condensed(folder: Path, run: Run) -> Path:
    """Write the run to its environment's packed file; the same run gives the same bytes."""
    lines: list[Line] = [run.header, *run.outcomes, *([run.footer] if run.footer else [])]
    packed = io.BytesIO()
    # Neither a name nor a time goes into the file.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0, compresslevel=9) as file:
        file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
    path = folder / packed_file_name(run.header.environment_id)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(path, packed.getvalue())
    return path


def _require_sound(run: Run) -> None:
    where = run.header.environment_id
    failed = sum(outcome.verdict.status is Status.INFRASTRUCTURE for outcome in run.outcomes)
    if failed:
        raise UsageError(
            f"{failed} cells were not measured in {where}, because the server or the machine failed.",
            remedy="Run again: what was measured is taken over.",
        )
    if run.footer and run.footer.recheck and run.footer.recheck.differing:
        raise UsageError(
            f"The launchers observed different things in {where}, so its results are not to be trusted.",
            remedy="Run again with --launcher spawn.",
        )


def _condensed(run: Run) -> Run:
    outcomes = sorted(run.outcomes, key=lambda outcome: (outcome.cell, outcome.sample))
    return msgspec.structs.replace(run, outcomes=tuple(map(_lightened, outcomes)), file="")


def _lightened(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, evidence="", timings=None)
