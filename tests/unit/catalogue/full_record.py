"""What the whole catalogue came to in an environment, small enough to be kept beside the tests.

    python -m tests.unit.catalogue.full_record

runs profile full on the releases below, about ten minutes of CPU each, and writes a file for each environment. What was
run before and hasn't changed is taken over from results/full. Run it again when signatures or the catalogue have
changed so much that the tests say so. Arguments go to `matrix` in place of the releases below: `--python 3.14
--pytest-asyncio newest`.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.cli.main import main as run_command
from harness.paths import HARNESS
from harness.servers.model import ServerInfo
from harness.store.reading import read_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.catalogue.cell import Cell
    from harness.store.model import Run
    from harness.verdicts.model import Verdict

RECORDS = Path(__file__).parent / "full"
FOLDER = HARNESS.parent / "results" / "full"
NOT_RUN = "-"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One environment."""

    environment: str
    freeze: tuple[str, ...]
    python: str
    server: ServerInfo
    launcher: str
    harness: str
    catalogue: str  # digest
    probe: str  # digest
    runs: tuple[str, ...]
    of_every_cell: tuple[str, ...]  # signatures of the environment itself
    seen: tuple[str, ...]  # status and signatures, as `seen_in` writes them
    cleanup_styles: tuple[str, ...]
    # "loop_policy@extensions" → "fixture_scope/creation_site" → for each cleanup style a place in `seen`, or "-"
    cells: dict[str, dict[str, str]]

    def by_cell(self) -> Iterator[tuple[str, set[str]]]:
        """Each cell's id; its status and the signatures that it met, each with its channel."""
        seen = [set(one.split()) for one in self.seen]
        for outer, rows in self.cells.items():
            policy, _, extensions = outer.partition("@")
            for inner, places in rows.items():
                for cleanup, place in zip(self.cleanup_styles, places.split(), strict=True):
                    if place != NOT_RUN:
                        yield f"{policy}/{inner}/{cleanup}" + f"@{extensions}" * bool(extensions), seen[int(place)]


def load_records() -> list[Record]:
    """All that are kept."""
    return [msgspec.json.decode(path.read_bytes(), type=Record) for path in sorted(RECORDS.glob("*.json"))]


def seen_in(verdict: Verdict) -> str:
    """`reproduces body:loop-closed cleanup:leaked-connection`."""
    return " ".join([verdict.status, *sorted({f"{one.channel}:{one.signature}" for one in verdict.findings})])


def record(runs: Iterable[Run]) -> Record:
    """What the runs in one environment came to; of several outcomes of a cell the latest counts."""
    runs = sorted(runs, key=lambda run: run.header.run)
    found = {outcome.cell: seen_in(outcome.verdict) for run in runs for outcome in run.outcomes}
    header = runs[-1].header
    assert header.environment is not None
    assert header.server is not None
    seen = sorted(set(found.values()))
    cleanup_styles = tuple(load_catalogue().value_names["cleanup_style"])
    return Record(
        environment=header.environment_id,
        freeze=header.environment.freeze,
        python=header.environment.python,
        server=header.server,
        launcher=header.launcher,
        harness=header.harness,
        catalogue=header.catalogue,
        probe=header.probe,
        runs=tuple(run.header.run for run in runs),
        of_every_cell=tuple(sorted({finding.signature for finding in header.environment_findings})),
        seen=tuple(seen),
        cleanup_styles=cleanup_styles,
        cells=folded({load_catalogue().parse(cell): seen.index(one) for cell, one in found.items()}, cleanup_styles),
    )


def folded(places: dict[Cell, int], cleanup_styles: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The cells as `Record.cells` has them."""
    rows: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for cell, place in places.items():
        outer = cell.loop_policy + "@" * bool(cell.extensions) + ",".join(map("=".join, cell.extensions))
        rows[outer][f"{cell.fixture_scope}/{cell.creation_site}"][cell.cleanup_style] = place
    return {
        outer: {
            inner: " ".join(str(row.get(cleanup, NOT_RUN)) for cleanup in cleanup_styles)
            for inner, row in sorted(inside.items())
        }
        for outer, inside in sorted(rows.items())
    }


def main(*arguments: str) -> None:
    """Run the whole catalogue, and write a record for each environment that is in the results."""
    chosen = arguments or ("--pytest-asyncio", "0.23.8,newest", "--python", "3.13")
    code = run_command(["matrix", "--profile", "full", "--results", str(FOLDER), *chosen])
    if code:
        sys.exit(code)
    runs = defaultdict(list)
    for run in read_results(FOLDER).runs:
        runs[run.header.environment_id].append(run)
    for environment, of_one in runs.items():
        path = RECORDS / f"{environment.replace('/', '_')}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(record(of_one)), indent=1) + b"\n")
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
