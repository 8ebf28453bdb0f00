"""What was observed in runs of one's own, in the reduced form that the page draws. Equal runs are there once."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import cache
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from harness.diagnose.ledgers import explain_run
from harness.evidence.store import EvidenceError, EvidenceStore
from harness.habits.reading import read_habits
from harness.output.text import count
from harness.report.model import (
    PageConnection,
    PageEvidence,
    PageFailure,
    PageLoop,
    PageMoment,
    PageRaised,
    PageRun,
    PageStory,
    PageUse,
    PageWarning,
)
from harness.report.verdicts import mask
from harness.suites.suite import is_suite
from harness.verdicts.model import Status
from harness.verdicts.pattern import make_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.evidence.model import Evidence, Moment, Raised
    from harness.habits.model import Habits
    from harness.report.measured import Measured
    from harness.store.model import Outcome, Results
    from harness.verdicts.model import Verdict

LARGEST = 24 * 1024 * 1024
"""Bytes of all runs together, before they are compressed to a twentieth."""

LARGEST_RUN = 256 * 1024
"""Bytes of one run. Of a larger one the loops and connections are left out; what happened is there in words."""

MOST_STACKS = 20_000
"""Characters of the stacks of a run that hung."""


class EvidenceCollector:
    """Reads evidence and keeps it, as long as there is room for more."""

    def __init__(self, results: Results, most: int) -> None:
        places = sorted({(run.header.run, str(Path(run.file).parent)) for run in results.runs if run.file})
        self._stores = [(name, EvidenceStore(Path(folder))) for name, folder in places]
        self._runs: dict[bytes, int] = {}
        self._kept: list[PageRun] = []
        self._known: dict[str, int] = {}  # by hash
        self._left = most
        self._room = LARGEST
        self.left_out = 0

    def add(self, outcome: Outcome) -> int:
        """The number of the run that an outcome shows; -1 where its evidence is gone or there is no room for it."""
        known = self._known.get(outcome.evidence)
        if known is None:
            known = self._known[outcome.evidence] = self._add(outcome)
        return known

    def keep(self, run: PageRun) -> int:
        """The number of a run that was reduced before."""
        return self._keep(run, msgspec.json.encode(run))

    @property
    def runs(self) -> tuple[PageRun, ...]:
        """In the order of their numbers."""
        return tuple(self._kept)

    def _add(self, outcome: Outcome) -> int:
        if self._left <= 0 or self._room <= 0:
            self.left_out += 1
            return -1
        self._left -= 1
        evidence = self._read(outcome)
        if evidence is None:
            return -1
        run = reduce_evidence(evidence, outcome.verdict)
        text = msgspec.json.encode(run)
        if len(text) > LARGEST_RUN:
            run = msgspec.structs.replace(run, loops=(), connections=())
            text = msgspec.json.encode(run)
        return self._keep(run, text)

    def _keep(self, run: PageRun, text: bytes) -> int:
        number = self._runs.setdefault(text, len(self._runs))
        if number == len(self._kept):
            self._kept.append(run)
            self._room -= len(text)
        return number

    def _read(self, outcome: Outcome) -> Evidence | None:
        """It is beside the results; a copy of a run may be there without its evidence."""
        for name, store in self._stores:
            if name == outcome.run:
                with suppress(EvidenceError):
                    return store.get(outcome.evidence)
        return None


def collect_evidence(
    measured: Measured,
    results: Results,
    most: int,
    verdicts: Sequence[Sequence[int]],
    find_kept: Callable[[str, Outcome], PageRun | None] = lambda _environment, _outcome: None,
) -> PageEvidence:
    """What is kept of at most so many outcomes. `verdicts` are their numbers, by environment and cell.

    Suites of the user's own come first, then an outcome of each verdict, then all others that aren't clean. Of others
    than these, `find_kept` may know what was seen when they were measured.
    """
    collector = EvidenceCollector(results, most)
    found: dict[int, dict[int, int]] = {}
    suites: dict[str, dict[int, int]] = {}
    for place, cell, outcome in order_outcomes(measured, verdicts):
        run = collector.add(outcome)
        if run >= 0 and is_suite(outcome.cell):
            suites.setdefault(outcome.cell, {})[place] = run
        elif run >= 0:
            found.setdefault(place, {})[cell] = run
    for place, cell, seen in _list_kept(measured, find_kept):
        found.setdefault(place, {}).setdefault(cell, collector.keep(seen))
    return PageEvidence(runs=collector.runs, found=found, suites=suites, left_out=collector.left_out)


def _list_kept(
    measured: Measured, find_kept: Callable[[str, Outcome], PageRun | None]
) -> Iterator[tuple[int, int, PageRun]]:
    numbers = {cell: number for number, cell in enumerate(measured.cells)}
    for place, cells in enumerate(measured.outcomes):
        key = measured.environments[place].digest
        for cell, samples in cells.items():
            seen = find_kept(key, samples[0])
            if seen is not None:
                yield place, numbers[cell], seen


def order_outcomes(measured: Measured, verdicts: Sequence[Sequence[int]]) -> list[tuple[int, int, Outcome]]:
    """The outcomes that have evidence, with the numbers of environment and cell, those that tell most first."""
    seen: set[int] = set()
    ranked: list[tuple[int, int, int, Outcome]] = []
    for place, cells in reversed(list(enumerate(measured.outcomes))):
        for number, cell in enumerate(measured.cells):
            outcome = cells[cell][0] if cell in cells else None
            if outcome is not None and outcome.evidence:
                verdict = verdicts[place][number]
                known = 3 if outcome.verdict.status is Status.CLEAN else 2 if verdict in seen else 1
                seen.add(verdict)
                ranked.append((0 if is_suite(cell) else known, place, number, outcome))
    return [(place, number, outcome) for _, place, number, outcome in sorted(ranked, key=itemgetter(0))]


def reduce_evidence(evidence: Evidence, verdict: Verdict) -> PageRun:
    """What the page shows of a run. Texts are without what changes from run to run."""
    return _Reducer(evidence, verdict).reduce()


def find_files(evidence: Evidence) -> set[str]:
    """The suite's own files, as far as evidence names them: those of its tests, and what pytest reads beside them."""
    tests = {PurePosixPath(test.id.partition("::")[0]) for test in evidence.tests}
    folders = {folder for file in tests for folder in file.parents}
    return {file.as_posix() for file in tests | {folder / "conftest.py" for folder in folders}}


@cache
def _know_no_habits() -> Habits:
    """The suite's code isn't at hand: its functions are named as evidence has them."""
    return read_habits({})


class _Reducer:
    """Reduces the evidence of one run."""

    def __init__(self, evidence: Evidence, verdict: Verdict) -> None:
        self._evidence = evidence
        self._verdict = verdict
        self._place = {test.id: place for place, test in enumerate(evidence.tests)}

    def reduce(self) -> PageRun:
        evidence = self._evidence
        story = explain_run(evidence, self._verdict, _know_no_habits(), find_files(evidence))
        hang = evidence.hang
        return PageRun(
            tests=tuple(test.id for test in evidence.tests),
            letters=make_pattern(evidence),
            loops=tuple(
                PageLoop(
                    name=loop.name,
                    kind=loop.kind,
                    created=self._moment(loop.created),
                    closed=self._moment(loop.closed) if loop.closed else None,
                    pending=tuple(map(mask, loop.pending)),
                )
                for loop in evidence.loops
            ),
            connections=tuple(self._list_connections()),
            failures=tuple(self._list_failures()),
            warnings=tuple(self._list_warnings()),
            left=tuple(self._list_left()),
            summary=story.summary,
            stories=tuple(
                PageStory(
                    kind=one.kind,
                    heading=mask(one.heading),
                    sentences=tuple(map(mask, one.sentences)),
                    count=one.count,
                    tests=one.tests,
                )
                for one in story.stories
            ),
            stacks=f"{hang.stacks}\n{hang.tasks}"[:MOST_STACKS] if hang else "",
        )

    def _moment(self, moment: Moment) -> PageMoment:
        return self._make_moment(moment.test, moment.when, moment.at)

    def _make_moment(self, test: str, when: str, at: str = "") -> PageMoment:
        """What is in no test was before them or after them."""
        outside = -1 if when in ("import", "collect") else len(self._place)
        return PageMoment(self._place.get(test, outside), when, at)

    def _list_connections(self) -> Iterator[PageConnection]:
        for one in self._evidence.connections:
            yield PageConnection(
                name=one.name,
                opened=self._moment(one.opened),
                loop=one.loop or "",
                uses=tuple(
                    PageUse(
                        moment=self._make_moment(use.test, use.when, use.at),
                        loop=use.loop or "",
                        writes=use.writes,
                        late=use.late,
                    )
                    for use in one.uses
                ),
                closed=self._moment(one.closed) if one.closed else None,
                closed_on=one.closed_on or "",
                close_failed=tuple((raised.type, mask(raised.text)) for raised in one.close_failed),
            )

    def _list_failures(self) -> Iterator[PageFailure]:
        """Errors of tests, then those that reached none."""
        evidence = self._evidence
        for test in evidence.tests:
            for phase in test.phases:
                if phase.outcome == "failed":
                    yield self._make_failure(phase.chain, self._make_moment(test.id, phase.when))
        for problem in evidence.problems:
            lead = f"while pytest collected {problem.node}" if problem.node else f"in pytest ({problem.where})"
            yield self._make_failure(problem.chain, PageMoment(-1, "collect"), lead)
        for one in evidence.unraisables:
            lead = f"ignored by Python: {one.message} {one.object}"
            yield self._make_failure(one.chain, self._make_moment(one.test, one.when), lead)
        for call in evidence.handler_calls:
            lead = f"given to the exception handler of {call.loop}: {call.message}"
            yield self._make_failure(call.chain, self._make_moment(call.test, call.when), lead)
        for error in evidence.background:
            where = f"in the thread {error.owner}" if error.source == "thread" else f"logged by {error.owner}"
            lead = f"{where}: {error.message}" if error.message else where
            yield self._make_failure(error.chain, self._make_moment(error.test, error.when), lead)

    def _make_failure(self, chain: Sequence[Raised], moment: PageMoment, lead: str = "") -> PageFailure:
        raised = (PageRaised(type=one.type, text=mask(one.text), link=one.link, origin=one.origin) for one in chain)
        return PageFailure(moment=moment, chain=tuple(raised), lead=mask(lead))

    def _list_warnings(self) -> Iterator[PageWarning]:
        found = Counter((one.category, mask(one.text), one.location) for one in self._evidence.warnings)
        for (category, text, location), number in found.items():
            yield PageWarning(category=category, text=text, location=location, count=number)

    def _list_left(self) -> Iterator[str]:
        """What was there at the end."""
        evidence = self._evidence
        if evidence.at_end and evidence.at_end.clients:
            yield f"{count(len(evidence.at_end.clients), 'connection')} to the server"
        yield from (f"the key {mask(key)}" for key in evidence.keys_left)
        for loop in evidence.loops:
            if loop.closed is None:
                yield f"{loop.name}, which nobody closed"
            yield from (f"a task on {loop.name}: {mask(task)}" for task in loop.pending)
