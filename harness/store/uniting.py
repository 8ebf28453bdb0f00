"""Results of many folders put into one: the runs' files, the evidence that belongs to them, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.store import EvidenceStore, make_evidence_path
from harness.files import read_regular, replace_file
from harness.store.files import SUFFIX, make_results_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.planning.shard import RecordedShard
    from harness.store.model import Results, Run


class TakenEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the evidence that runs refer to."""

    copied: int
    missing: int  # in every folder


def write_runs(folder: Path, results: Results) -> list[Path]:
    """Write what `merge` made, a file for each run in each environment, and return those that are new or different.

    The same results give the same files. A file of that name is replaced whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, Run] = {}
    for run in results.runs:
        name = make_results_file_name(run.header)
        if name in names:  # the same packages by name, and others in truth
            name = f"{name.removesuffix(SUFFIX)}-{run.header.environment_key[:8]}{SUFFIX}"
        names[name] = run
    return [folder / name for name, run in names.items() if _replace_differing(folder / name, _encode(run))]


def _encode(run: Run) -> bytes:
    lines = (run.header, *run.outcomes, *run.rechecks, *([run.footer] if run.footer else []))
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _replace_differing(path: Path, data: bytes) -> bool:
    if path.is_file() and read_regular(path) == data:
        return False
    replace_file(path, data)
    return True


def take_evidence(runs: Iterable[Run], folder: Path) -> TakenEvidence:
    """Copy to the folder the evidence of runs that were read in others. What was altered counts as missing."""
    places: dict[str, set[Path]] = defaultdict(set)
    for run in runs:
        for content_hash in _list_evidence(run):
            places[content_hash].add(Path(run.file).parent)
    there = EvidenceStore(folder)
    copied = missing = 0
    for content_hash in sorted(places):
        if there.holds(content_hash):
            continue
        source = next((one for one in sorted(places[content_hash]) if EvidenceStore(one).holds(content_hash)), None)
        if source is None:
            missing += 1
            continue
        path = make_evidence_path(content_hash)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        replace_file(folder / path, read_regular(source / path))
        copied += 1
    return TakenEvidence(copied=copied, missing=missing)


def _list_evidence(run: Run) -> Iterator[str]:
    outcomes, rechecks = (one.evidence for one in run.outcomes), (one.evidence for one in run.rechecks)
    yield from filter(None, (run.header.reference, *outcomes, *rechecks))


def find_missing_shards(results: Results) -> list[str]:
    """The shards of which not every environment is there to its end, a line each; the others of their plan are."""
    plans: dict[tuple[str, int], dict[int, tuple[RecordedShard, set[str]]]] = defaultdict(dict)
    for run in results.runs:
        shard = run.header.shard
        if shard is not None:
            _, whole = plans[shard.plan, shard.count].setdefault(shard.number, (shard, set()))
            if not run.interrupted:
                whole.add(run.header.environment_key)
    return [
        line
        for (plan, count), found in sorted(plans.items())
        for number in range(1, count + 1)
        if (line := _describe_missing(number, count, plan, found.get(number)))
    ]


def _describe_missing(number: int, count: int, plan: str, found: tuple[RecordedShard, set[str]] | None) -> str:
    name = f"shard {number}/{count} of plan {plan[:8]}"
    if found is None:
        return f"{name} is missing"
    shard, whole = found
    if len(whole) >= shard.environments:
        return ""
    return f"{name} is not whole: it ended in {len(whole)} of {shard.environments} environments"
