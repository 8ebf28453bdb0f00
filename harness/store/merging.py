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

    Commutative, associative and idempotent, whatever the parts hold: where two lines claim one identity, the one
    whose text sorts first is kept, and if their verdicts differ that is a conflict. A run that is whole in one part
    and interrupted in another is whole. The result is sorted; its runs belong to no file.
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
        self._outcomes: dict[Identity, Outcome] = {}
        self._rechecks: set[CellRecheck] = set()
        self._verdicts: dict[Identity, set[Verdict]] = {}

    def add(self, run: Run) -> None:
        self._headers.append(run.header)
        if run.footer:
            self._footers.append(run.footer)
        self._rechecks.update(run.rechecks)
        for outcome in run.outcomes:
            identity = (outcome.run, outcome.cell, outcome.sample)
            kept = self._outcomes.setdefault(identity, outcome)
            if kept is not outcome and kept != outcome:
                self._verdicts.setdefault(identity, {kept.verdict}).add(outcome.verdict)
                self._outcomes[identity] = min(kept, outcome, key=msgspec.json.encode)

    def run(self) -> Run:
        return Run(
            header=min(self._headers, key=msgspec.json.encode),
            outcomes=tuple(self._outcomes[identity] for identity in sorted(self._outcomes)),
            rechecks=tuple(sorted(self._rechecks, key=msgspec.json.encode)),
            footer=max(self._footers, key=lambda footer: (footer.outcomes, footer.finished, footer.wall), default=None),
        )

    def conflicts(self) -> Iterable[Conflict]:
        for (run, cell, sample), verdicts in self._verdicts.items():
            if len(verdicts) > 1:
                yield _make_conflict((run, self._key[1], cell, sample), verdicts)


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
