"""An index of what was measured: in the committed baseline, and by runs of one's own."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.version import InvalidVersion, Version

from harness.analysis.grid import UNTELLING
from harness.catalogue.catalogue import REFERENCE
from harness.catalogue.loading import find_values
from harness.compare.problems import describe_unread
from harness.compare.sources import read_recorded
from harness.store.reading import read_file
from harness.suites.suite import PREFIX
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.environments.model import Environment
    from harness.store.model import Outcome, Results, Run
    from harness.verdicts.model import Verdict

BETTER = (Status.CLEAN, Status.WARNS, Status.LEAKS)
"""What a cure may lead to, the best first."""

_WORSE = {status: place for place, status in enumerate((*BETTER, Status.REPRODUCES, Status.FAILS))}


class MeasuredOn(msgspec.Struct, frozen=True, kw_only=True):
    """Where a cell was measured with one status."""

    releases: tuple[str, ...]  # of pytest-asyncio, in order
    systems: tuple[str, ...]  # such as "linux-x86_64", sorted


class Outcomes:
    """What each cell showed in each environment. Environments are named by their key, `Environment.digest`.

    The newest run of a cell counts, and of its samples the worst: a cell that is only sometimes clean isn't clean.
    What is known of one environment never depends on what was measured in another.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.environments: dict[str, Environment] = {}
        self._found: dict[str, dict[str, Outcome]] = {}  # environment → cell → outcome
        for run in sorted(results.runs, key=lambda one: one.header.run):
            found = _find_worst(run)
            # Of an environment in which only suites of one's own ran, nothing is known that others could use.
            if run.header.environment is not None and any(not cell.startswith(PREFIX) for cell in found):
                key = run.header.environment.digest
                self.environments[key] = run.header.environment.add_known(self.environments.get(key))
                self._found.setdefault(key, {}).update(found)
        self._cells: dict[tuple[str, Status], tuple[str, ...]] = {}
        self._shares: dict[str, dict[tuple[str, str], float]] = {}
        self._places: dict[tuple[str, str], dict[Status, MeasuredOn]] = {}
        self._evidence: dict[tuple[str, str], dict[str, str]] = {}

    @classmethod
    def read(cls, own: Path, baseline: Path, *, samples: bool = False) -> Outcomes:
        """What is in one's own results folder and in the baseline. Raises `UsageError` where neither is there.

        With `samples` also the texts of findings, which take as much memory as all else.
        """
        return cls(read_recorded(own, baseline, lean=not samples).results)

    def __contains__(self, environment: str) -> bool:
        return environment in self._found

    def verdict(self, cell: str, environment: str) -> Verdict | None:
        """The verdict of a cell in an environment; None where it wasn't measured there."""
        outcome = self.outcome(cell, environment)
        return outcome.verdict if outcome is not None else None

    def outcome(self, cell: str, environment: str) -> Outcome | None:
        """The outcome with that verdict. It names the run; for its evidence, see `find_evidence`."""
        return self._found.get(environment, {}).get(cell)

    def is_unusable(self, environment: str) -> bool:
        """Whether not even the simplest suite passes there, so that it says nothing of habits."""
        verdict = self.verdict(REFERENCE, environment)
        return verdict is not None and fails(verdict.status)

    def outcomes(self, environment: str) -> Mapping[str, Outcome]:
        """All of an environment, by cell."""
        return self._found.get(environment, {})

    def list_cells(self, environment: str, status: Status) -> tuple[str, ...]:
        """The cells of today's catalogue that have this status there."""
        known = self._cells.get((environment, status))
        if known is None:
            found = self.outcomes(environment).items()
            known = tuple(cell for cell, one in found if one.verdict.status is status and find_values(cell))
            self._cells[environment, status] = known
        return known

    def find_places(self, cell: str, status: Status, client: str) -> MeasuredOn:
        """The releases and systems on which a cell has this status wherever it was measured on them with a client."""
        known = self._places.get((cell, client))
        if known is None:
            known = self._places[cell, client] = self._find_places(cell, client)
        return known.get(status, MeasuredOn(releases=(), systems=()))

    def find_clean_shares(self, environment: str) -> Mapping[tuple[str, str], float]:
        """Of the cells of an environment that have a value and could run there, the share that is clean, by value."""
        known = self._shares.get(environment)
        if known is None:
            ran, clean = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
            for cell, outcome in self.outcomes(environment).items():
                if has_run(outcome.verdict.status):
                    values = find_values(cell).items()
                    ran.update(values)
                    if outcome.verdict.status is Status.CLEAN:
                        clean.update(values)
            known = self._shares[environment] = {value: clean[value] / number for value, number in ran.items()}
        return known

    def find_evidence(self, outcome: Outcome) -> str:
        """The content hash of an outcome's evidence; empty where nothing was run, or its file is gone."""
        if outcome.evidence:
            return outcome.evidence
        key = (outcome.run, outcome.environment)
        if key not in self._evidence:
            # What is read at the start leaves the hashes out, which take most of the memory.
            runs = [run for name in self._files.get(key, ()) for run in read_file(Path(name))]
            self._evidence[key] = {
                one.cell: one.evidence
                for run in runs
                for one in run.outcomes
                if (one.run, one.environment, one.sample) == (*key, outcome.sample)
            }
        return self._evidence[key].get(outcome.cell, "")

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """What was left out of what was read, a line each."""
        return tuple(describe_unread(self.results))

    @cached_property
    def _files(self) -> Mapping[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for run in self.results.runs:
            if run.file:
                found.setdefault((run.header.run, run.header.environment_id), set()).add(run.file)
        return found

    def _find_places(self, cell: str, client: str) -> dict[Status, MeasuredOn]:
        releases: dict[str, set[Status]] = {}
        systems: dict[Status, set[str]] = {}
        for key, environment in self.environments.items():
            verdict = self.verdict(cell, key) if environment.client == client else None
            if verdict is not None and has_run(verdict.status):
                releases.setdefault(environment.plugin, set()).add(verdict.status)
                systems.setdefault(verdict.status, set()).add(environment.platform)
        return {
            status: MeasuredOn(
                releases=sort_versions(release for release, shown in releases.items() if shown == {status}),
                systems=tuple(sorted(found)),
            )
            for status, found in systems.items()
        }


def _find_worst(run: Run) -> dict[str, Outcome]:
    """Of each cell of a run the sample with the worst verdict. What wasn't measured is left out."""
    found: dict[str, Outcome] = {}
    for outcome in run.outcomes:
        if outcome.verdict.status not in UNTELLING:
            known = found.get(outcome.cell)
            if known is None or rank(known.verdict.status) < rank(outcome.verdict.status):
                found[outcome.cell] = outcome
    return found


def rank(status: Status) -> int:
    """How bad a status is: 0 for clean; what says nothing about a suite comes last."""
    return _WORSE.get(status, len(_WORSE))


def rank_sample(status: Status) -> tuple[bool, int]:
    """Sorts the samples of a cell: last comes what counts, the worst of those that were measured."""
    return status not in UNTELLING, rank(status)


def fails(status: Status) -> bool:
    """Whether a suite with this status ran and met an error."""
    return has_run(status) and status not in BETTER


def has_run(status: Status) -> bool:
    """Whether a suite with this status ran, and what it did was seen."""
    return status in _WORSE


def sort_versions(versions: Iterable[str]) -> tuple[str, ...]:
    """In order of versions; what is none, such as "none", comes first."""
    return tuple(sorted(versions, key=_make_version_key))


def _make_version_key(text: str) -> tuple[bool, Version | str]:
    try:
        return True, Version(text)
    except InvalidVersion:
        return False, text
