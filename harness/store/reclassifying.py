"""Deriving verdicts again from stored evidence, without running anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.model import Evidence
from harness.evidence.store import EvidenceError, EvidenceStore
from harness.files import replace_file
from harness.store.model import CellRecheck, Footer, Header, Line, Outcome, Results, Run
from harness.verdicts.model import Finding, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Classify = Callable[[Evidence, tuple[Finding, ...]], Verdict]  # evidence, the environment's own findings
Derive = Callable[
    [Evidence], tuple[Finding, ...]
]  # the environment's own findings, from its reference suite's evidence
Identity = tuple[str, str, str, int]  # run, environment id, cell, sample


class Reclassified(msgspec.Struct, frozen=True, kw_only=True):
    """What `reclassify` did."""

    results: Results  # the same runs with the new verdicts
    changes: dict[tuple[Status, Status], int]  # (old, new) → outcomes whose status is another now
    altered: int  # outcomes whose verdict is another now, changed status or not
    unchanged: int
    without_evidence: int  # kept as they were: nothing was run
    unreadable: tuple[str, ...]  # why evidence could not be read; those outcomes were kept as they were


def reclassify(results: Results, store: EvidenceStore, classify: Classify, derive: Derive) -> Reclassified:
    """Judge every outcome again, and what each environment does of its own. Writes nothing; see `rewrite`."""
    judge = _Judge(store, classify, derive)
    runs = tuple(judge.run(run) for run in results.runs)
    return Reclassified(
        results=msgspec.structs.replace(results, runs=runs),
        changes=dict(judge.changes),
        altered=judge.altered,
        unchanged=judge.unchanged,
        without_evidence=judge.without_evidence,
        unreadable=tuple(judge.unreadable.values()),
    )


class _Judge:
    def __init__(self, store: EvidenceStore, classify: Classify, derive: Derive) -> None:
        self._store = store
        self._classify = classify
        self._derive = derive
        self._known: dict[tuple[str, tuple[Finding, ...]], Verdict] = {}
        self.changes: Counter[tuple[Status, Status]] = Counter()
        self.altered = self.unchanged = self.without_evidence = 0
        self.unreadable: dict[str, str] = {}

    def run(self, run: Run) -> Run:
        """The run with every verdict derived again."""
        header = self.header(run.header)
        outcomes = tuple(self.outcome(header, outcome) for outcome in run.outcomes)
        if (header, outcomes) != (run.header, run.outcomes):
            header = msgspec.structs.replace(header, verdicts="")  # where evidence is missing, they are the old ones
        return msgspec.structs.replace(run, header=header, outcomes=outcomes)

    def header(self, header: Header) -> Header:
        """The header with the environment's own findings derived again, as it was where their evidence is missing."""
        if not header.reference:
            return header
        try:
            findings = self._derive(self._store.get(header.reference))
        except EvidenceError as error:
            self.unreadable[header.reference] = error.problem
            return header
        return msgspec.structs.replace(header, environment_findings=findings)

    def outcome(self, header: Header, outcome: Outcome) -> Outcome:
        """The outcome with its verdict derived again."""
        if not outcome.evidence:
            self.without_evidence += 1
            return outcome
        try:
            verdict = self._verdict(outcome.evidence, header.environment_findings)
        except EvidenceError as error:
            self.unreadable[outcome.evidence] = error.problem
            return outcome
        if verdict == outcome.verdict:
            self.unchanged += 1
            return outcome
        self.altered += 1
        if verdict.status is not outcome.verdict.status:
            self.changes[outcome.verdict.status, verdict.status] += 1
        return msgspec.structs.replace(outcome, verdict=verdict)

    def _verdict(self, content_hash: str, findings: tuple[Finding, ...]) -> Verdict:
        key = (content_hash, findings)
        if key not in self._known:
            self._known[key] = self._classify(self._store.get(content_hash), findings)
        return self._known[key]


def rewrite(results: Results) -> list[Path]:
    """Put the verdicts of `results` into the files they were read from; each file is replaced whole.

    Only verdicts and environments' findings change: lines that can't be read stay as they are. Returns the files that
    are different now.
    """
    runs: dict[str, list[Run]] = {}
    for run in results.runs:
        runs.setdefault(run.file, []).append(run)
    return [Path(file) for file, of_file in runs.items() if file and _rewrite_file(Path(file), of_file)]


def _rewrite_file(path: Path, runs: Iterable[Run]) -> bool:
    known: dict[Identity, Header | Outcome] = {}
    for run in runs:
        known[_identify(run.header)] = run.header
        known.update({_identify(outcome): outcome for outcome in run.outcomes})
    old = path.read_bytes()
    new = b"".join(_rewrite_line(line, known) for line in old.splitlines(keepends=True))
    if new != old:
        replace_file(path, new)
    return new != old


def _rewrite_line(line: bytes, known: Mapping[Identity, Header | Outcome]) -> bytes:
    try:
        old = _LINES.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return line
    new = None if isinstance(old, Footer | CellRecheck) else known.get(_identify(old))
    return line if new is None or new == old else msgspec.json.encode(new) + b"\n"


def _identify(line: Header | Outcome) -> Identity:
    match line:
        case Header():
            return (line.run, line.environment_key, "", 0)
        case Outcome():
            return (line.run, line.environment, line.cell, line.sample)


_LINES = msgspec.json.Decoder(Line)
