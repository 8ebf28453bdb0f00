"""`reclassify`: derive the verdicts of stored results again, without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.compare.problems import find_first_problem
from harness.errors import ExitCode, UsageError
from harness.evidence.store import EvidenceStore
from harness.output.printing import print_json, print_lines, short_path
from harness.output.text import count
from harness.store.reading import list_unpacked, read_files
from harness.store.reclassifying import Reclassified, reclassify, rewrite
from harness.verdicts.classify import classify, find_environment_findings
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from pathlib import Path

    from harness.cli.options import ReclassifyOptions


def run(options: ReclassifyOptions) -> int:
    """Judge all results in the folder again and replace the files whose verdicts changed."""
    results = read_files(list_unpacked(options.results))  # packed ones have left their evidence behind
    if not results.runs:
        why = f": {problem}" if (problem := find_first_problem(options.results, results)) else ""
        raise UsageError(
            f"There are no results in {short_path(options.results)}{why}.",
            remedy="Name the folder that holds them with --results DIR.",
        )
    signatures = load_signatures()
    done = reclassify(
        results,
        EvidenceStore(options.results),
        lambda evidence, known: classify(evidence, signatures, environment_findings=known),
        lambda evidence: find_environment_findings(evidence, signatures),
    )
    replaced = rewrite(done.results)
    if options.json:
        print_json(as_json(done, replaced))
    else:
        print_lines(as_text(done, replaced))
    return ExitCode.DONE


def as_json(done: Reclassified, files: list[Path]) -> dict[str, Any]:
    """What was done, for programs."""
    return {
        "unchanged": done.unchanged,
        "altered": done.altered,
        "without_evidence": done.without_evidence,
        "changes": [{"from": old, "to": new, "outcomes": count} for (old, new), count in done.changes.items()],
        "unreadable": done.unreadable,
        "broken": done.results.broken,
        "files": [str(file) for file in files],
    }


def as_text(done: Reclassified, files: list[Path]) -> str:
    """What was done, for people."""
    derived = count(done.unchanged + done.altered, "verdict")
    lines = [
        f"{derived} derived again: {done.altered:,} differ, {done.unchanged:,} stay.",
        *(f"  {number:,} from {old} to {new}" for (old, new), number in sorted(done.changes.items())),
    ]
    if done.without_evidence:
        lines.append(f"{count(done.without_evidence, 'outcome')} without evidence, because nothing was run.")
    lines += [f"Kept as it was: {reason}" for reason in done.unreadable]
    lines += [f"Not read: {broken}" for broken in done.results.broken]
    lines.append(f"{count(len(files), 'file')} replaced.")
    return "\n".join(lines)
