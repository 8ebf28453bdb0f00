"""What earlier runs measured, for a run that need not measure it again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.store import EvidenceError
from harness.launchers.model import REFERENCE
from harness.store.files import find_results_files
from harness.store.reading import read_file, read_header
from harness.suites.suite import is_suite
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from harness.evidence.model import Evidence
    from harness.evidence.store import EvidenceStore
    from harness.store.model import CellRecheck, Header, Outcome, Run
    from harness.verdicts.model import Verdict

Measurement = tuple[str, str, int]  # cell, digest of its suite, sample


def list_conditions(header: Header) -> tuple[object, ...] | None:
    """All that an outcome depends on, apart from its suite, its additions and its launcher; None if that isn't known.

    The catalogue and the signatures are not among it: of a catalogue only the suite's text reaches a cell, and a
    verdict is derived again. Nor is how many cells run at once: they never see each other.
    """
    if header.environment is None or header.server is None or None in (header.limit, header.memory):
        return None
    machine = (header.machine.system, header.machine.architecture)
    environment = header.environment.digest, header.environment.code
    return *environment, header.probe, header.server, header.limit, header.memory, machine


def is_disproved(run: Run) -> bool:
    """Whether a re-check found that the run's launcher observes something else than the reference launcher."""
    return run.recheck is not None and bool(run.recheck.differing)


class EarlierRuns:
    """The runs in a folder under the conditions of a header, the newest first.

    What the reference launcher observed holds for every launcher, since each is to observe the same; what another one
    observed holds for that one alone, and not where a re-check found that it differs.

    Where all is to be re-checked, only what the launcher itself observed counts, and only with its re-check.

    Files are found by their names, and of a file under other conditions only the first line is read. No file is read
    before it is needed, and none twice. Where lines are broken, the others count: a run that was killed has all but
    its last.
    """

    def __init__(self, folder: Path, header: Header, store: EvidenceStore, *, rechecked: bool = False) -> None:
        self._store = store
        self._rechecked = rechecked
        self._rechecks: dict[tuple[str, int, str], CellRecheck] = {}  # by cell, sample and evidence
        self._header = header
        self._launchers = {header.launcher} if rechecked else {header.launcher, REFERENCE}
        self._conditions = list_conditions(header)
        self._unread = find_results_files(folder, header.environment_id) if self._conditions else []
        self._unread.reverse()
        self._read: list[Run] = []

    def __iter__(self) -> Iterator[Run]:
        yield from self._read
        while self._unread:
            path = self._unread.pop()
            first = read_header(path)
            if first is not None and self._fits(first):
                runs = [run for run in read_file(path) if self._fits(run.header)]
                if not self._rechecked:
                    runs = [run for run in runs if not is_disproved(run)]
                self._read += runs
                for one in (recheck for run in runs for recheck in run.rechecks if not recheck.failed):
                    self._rechecks.setdefault((one.cell, one.sample, one.evidence), one)
                yield from runs

    def reference(self, suite: str) -> tuple[str, Evidence] | None:
        """Hash and evidence of the simplest suite, if it had this digest and was measured."""
        for run in self:
            if run.header.reference and run.header.reference_suite == suite:
                evidence = self._evidence(run.header.reference)
                if evidence is not None and not evidence.infrastructure:
                    return run.header.reference, evidence
        return None

    def suites(self, catalogue: str) -> dict[str, str]:
        """The digests of the suites of the newest run's cells, by cell, if its catalogue has this digest.

        A cell's text depends on the catalogue and on the environment, and both are the same.
        """
        newest = next(iter(self), None)
        if newest is None or newest.header.catalogue != catalogue:
            return {}
        return {one.cell: one.suite for one in newest.outcomes if one.suite and not is_suite(one.cell)}

    def outcomes(
        self,
        wanted: Collection[Measurement],
        judge: Callable[[Evidence], Verdict],
        *,
        judged: Callable[[Header], bool] = lambda _: False,
        packages: Mapping[str, tuple[str, ...]] = {},
    ) -> dict[Measurement, Outcome]:
        """Those of the measurements that were made, with the verdict of today; of several the newest.

        Only with evidence that is still there, unaltered, and nothing that was not measured. `judged` says whether
        the verdicts below a header are what `judge` would say: then nothing is judged again, and evidence that no one
        has written to since that run ended isn't read. `packages` are those that a cell, by its id, has beside its
        environment: they must be installed as they were.
        """
        found: dict[Measurement, Outcome] = {}
        for run in self:
            whole_at = _read_end(run) if judged(run.header) else None
            for outcome in run.outcomes:
                measurement = (outcome.cell, outcome.suite, outcome.sample)
                if (
                    measurement in wanted
                    and measurement not in found
                    and self._counts(outcome)
                    and self._has_same(run.header, packages.get(outcome.cell, ()))
                ):
                    verdict = self._verdict(outcome, judge, whole_at)
                    if verdict is not None and verdict.status is not Status.INFRASTRUCTURE:
                        found[measurement] = mark_taken_over(outcome, verdict)
            if len(found) == len(wanted):
                break
        return found

    def recheck(self, outcome: Outcome) -> CellRecheck | None:
        """That of an outcome that was found, where all is to be re-checked."""
        return self._rechecks.get((outcome.cell, outcome.sample, outcome.evidence)) if self._rechecked else None

    def _counts(self, outcome: Outcome) -> bool:
        return not (self._rechecked and outcome.by_launcher) or self.recheck(outcome) is not None

    def _has_same(self, header: Header, packages: tuple[str, ...]) -> bool:
        """Whether the same is installed for these packages as today."""
        before, now = (one.environment and one.environment.find_addition(packages) for one in (header, self._header))
        return not packages or before == now

    def _fits(self, header: Header) -> bool:
        return (
            header.environment_id == self._header.environment_id
            and header.launcher in self._launchers
            and list_conditions(header) == self._conditions
        )

    def _verdict(
        self, outcome: Outcome, judge: Callable[[Evidence], Verdict], whole_at: float | None
    ) -> Verdict | None:
        """The outcome's verdict, None without evidence. It is derived again, unless a run that ended then judged so."""
        if whole_at is not None:
            return outcome.verdict if self._store.holds(outcome.evidence, whole_at) else None
        evidence = self._evidence(outcome.evidence)
        return None if evidence is None else judge(evidence)

    def _evidence(self, content_hash: str) -> Evidence | None:
        try:
            return self._store.get(content_hash)
        except EvidenceError:
            return None


def _read_end(run: Run) -> float:
    """When the run ended, with all its evidence written or looked at; 0 where that isn't known."""
    try:
        return datetime.fromisoformat(run.footer.finished).timestamp() if run.footer else 0.0
    except ValueError:
        return 0.0


def mark_taken_over(outcome: Outcome, verdict: Verdict) -> Outcome:
    """The outcome as one that was not measured anew."""
    return msgspec.structs.replace(outcome, verdict=verdict, reused_from=outcome.reused_from or outcome.run)
