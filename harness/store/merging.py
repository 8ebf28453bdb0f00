"""Merging results from many machines: a set union. Order and repetition do not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.store.model import BrokenLine, CellRecheck, Conflict, Footer, Header, Outcome, Results, Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.verdicts.model import Verdict

Key = tuple[str, str]  # run, environment digest
Identity = tuple[str, str, int]  # run the outcome came from, cell, sample; within one environment


def merge(*parts: Results) -> Results:
    """The union by identity: run, environment digest, cell, sample.

    Commutative, associative and idempotent, whatever the parts hold: where two lines claim one identity with one
    verdict, the one whose text sorts first is kept. If their verdicts differ both are, to be counted like repeats, and
    that is a conflict. A run that is whole in one part and interrupted in another is whole. The result is sorted; its
    runs belong to no file.
    """
    unions: dict[Key, _Union] = {}
    for part in parts:
        for run in part.runs:
            key = (run.header.run, run.header.environment_key)
            unions.setdefault(key, _Union(key)).add(run)
    conflicts = [conflict for part in parts for conflict in part.conflicts]
    conflicts += [conflict for union in unions.values() for conflict in union.conflicts()]
    broken: set[BrokenLine] = {line for part in parts for line in part.broken}
    return Results(
        runs=tuple(unions[key].run() for key in sorted(unions)),
        broken=tuple(sorted(broken)),
        conflicts=_join(conflicts),
    )


class _Union:
    """One run in one environment, from any number of copies or pieces."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._headers: list[Header] = []
        self._footers: list[Footer] = []
        self._outcomes: dict[Identity, dict[Verdict, Outcome]] = {}
        self._rechecks: set[CellRecheck] = set()

    def add(self, run: Run) -> None:
        self._headers.append(run.header)
        if run.footer:
            self._footers.append(run.footer)
        self._rechecks.update(run.rechecks)
        for outcome in run.outcomes:
            kept = self._outcomes.setdefault((outcome.run, outcome.cell, outcome.sample), {})
            known = kept.setdefault(outcome.verdict, outcome)
            if known != outcome:
                kept[outcome.verdict] = min(known, outcome, key=msgspec.json.encode)

    def run(self) -> Run:
        outcomes = tuple(
            one
            for identity in sorted(self._outcomes)
            for one in sorted(self._outcomes[identity].values(), key=msgspec.json.encode)
        )
        return Run(
            header=min(self._headers, key=msgspec.json.encode),
            outcomes=outcomes,
            rechecks=tuple(sorted(self._rechecks, key=msgspec.json.encode)),
            footer=self._footer(len(outcomes)),
        )

    def _footer(self, outcomes: int) -> Footer | None:
        """The greatest of everything; None where the run is interrupted in every copy.

        It never counts fewer outcomes than a copy's, so that what could not be read of one stays noticed.
        """
        if not self._footers:
            return None
        return Footer(
            outcomes=max(outcomes, *(one.outcomes for one in self._footers)),
            finished=max(one.finished for one in self._footers),
            wall=max(one.wall for one in self._footers),
            recheck=max((one.recheck for one in self._footers), key=msgspec.json.encode),
        )

    def conflicts(self) -> Iterable[Conflict]:
        for (run, cell, sample), kept in self._outcomes.items():
            if len(kept) > 1:
                yield _make_conflict((run, self._key[1], cell, sample), set(kept))


def _join(conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """One conflict an identity, with the verdicts of all."""
    verdicts: dict[tuple[str, str, str, int], set[Verdict]] = {}
    for one in conflicts:
        verdicts.setdefault((one.run, one.environment, one.cell, one.sample), set()).update(one.verdicts)
    return tuple(_make_conflict(identity, verdicts[identity]) for identity in sorted(verdicts))


def _make_conflict(identity: tuple[str, str, str, int], verdicts: set[Verdict]) -> Conflict:
    run, environment, cell, sample = identity
    return Conflict(
        run=run,
        environment=environment,
        cell=cell,
        sample=sample,
        verdicts=tuple(sorted(verdicts, key=msgspec.json.encode)),
    )
