"""Results made small enough to be committed: one packed file an environment, without what only this machine can use."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import msgspec

from harness.files import replace_file
from harness.store.files import make_packed_file_name

if TYPE_CHECKING:
    from pathlib import Path

    from harness.store.model import Line, Outcome, Run


def condense(run: Run) -> Run:
    """The run with its outcomes in order of their cells, and as many in its footer; it belongs to no file any more.

    Evidence hashes and timings are left out: the evidence stays behind, and timings are of one machine.
    """
    outcomes = sorted(run.outcomes, key=lambda outcome: (outcome.cell, outcome.sample))
    footer = run.footer and msgspec.structs.replace(run.footer, outcomes=len(outcomes))
    rechecks = sorted(run.rechecks, key=lambda recheck: (recheck.cell, recheck.sample))
    return msgspec.structs.replace(
        run,
        outcomes=tuple(map(_lighten, outcomes)),
        rechecks=tuple(msgspec.structs.replace(one, evidence="", cpu=None) for one in rechecks),
        footer=footer,
        file="",
    )


def write_condensed(folder: Path, run: Run) -> Path:
    """Write the run to its environment's packed file; the same run gives the same bytes."""
    lines: list[Line] = [run.header, *run.outcomes, *run.rechecks, *([run.footer] if run.footer else [])]
    packed = io.BytesIO()
    # Neither a name nor a time goes into the file.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0, compresslevel=9) as file:
        file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
    path = folder / make_packed_file_name(run.header.environment_id)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(path, packed.getvalue())
    return path


def _lighten(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, evidence="", timings=None)
