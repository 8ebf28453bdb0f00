"""Since and until which releases each cell shows each error, from results."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from harness.analysis.grid import UNTELLING
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import select_counting_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.environments.model import Environment
    from harness.environments.releases import Releases
    from harness.store.model import Results
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

    Categories = Mapping[str, SignatureCategory]

PYTHON = "python"

Releasewise = dict[str, list["Verdict"]]  # release → verdicts


class ReleaseState(Enum):
    """What is known of one release."""

    YES = "yes"
    NO = "no"
    INEXPRESSIBLE = "not expressible"
    UNKNOWN = "not run"


class Point(msgspec.Struct, frozen=True):
    """One release, in the order of releases."""

    version: str
    state: ReleaseState


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring releases of one state. Releases that were not run may lie between them, never one of another state.

    `after` is the nearest release before the span that was run and `before` the nearest one behind it; empty where
    there is none. The bound is exact where no release that was not run lies in between.
    """

    state: ReleaseState
    first: str
    last: str
    after: str
    before: str
    exact_start: bool
    exact_end: bool
    unknown: tuple[str, ...] = ()  # releases inside that were not run


class CellRanges(msgspec.Struct, frozen=True, kw_only=True):
    """What one cell shows over the releases. `where` are the versions that are the same for all of them."""

    cell: str
    where: str
    signature: str  # or the type of an error that no signature names; empty for a cell that never shows any
    points: tuple[Point, ...]

    @property
    def run(self) -> int:
        """How many releases something is known of."""
        return sum(point.state is not ReleaseState.UNKNOWN for point in self.points)

    @property
    def text(self) -> str:
        """`since 0.23.0 until 0.23.3`."""
        return format_ranges(self.points, "shown")


def find_release_ranges(
    results: Results, over: str, releases: Releases, categories: Categories
) -> tuple[CellRanges, ...]:
    """A line a cell, environment without `over`, and error; of each, all releases that the Python can have.

    A repeated cell shows an error if one of its runs did.
    """
    found: dict[tuple[str, str], Releasewise] = {}
    pythons: dict[str, str] = {}
    for run in results.runs:
        environment = run.header.environment
        if environment is None:
            continue
        version = find_version(environment, over)
        if not version:
            continue
        where = describe_rest(environment, over)
        pythons[where] = environment.python_minor
        for outcome in run.outcomes:
            if outcome.verdict.status not in UNTELLING:
                measured = found.setdefault((outcome.cell, where), {})
                measured.setdefault(version, []).append(outcome.verdict)
    return tuple(
        line
        for (cell, where), measured in sorted(found.items())
        for line in _make_lines(
            cell, where, measured, _list_releases(over, releases, pythons[where], measured), categories
        )
    )


def find_version(environment: Environment, over: str) -> str:
    """The environment's release of `over`; empty where that isn't installed."""
    return environment.python_minor if over == PYTHON else environment.installed.get(over, "")


def describe_rest(environment: Environment, over: str) -> str:
    """Its id without the version of `over`: `linux-x86_64, cpython-3.12, valkey-6.2.0`."""
    version = find_version(environment, over)
    name = environment.implementation if over == PYTHON else over
    return ", ".join(part for part in environment.id.split("/") if part != f"{name}-{version}")


def _list_releases(over: str, releases: Releases, python: str, measured: Iterable[str]) -> list[str]:
    """In order. Of Python those that were run; of packages what this Python can have, and whatever else was run."""
    known = [] if over == PYTHON else [one.version for one in releases.versions(over, python=python)]
    return sorted({*known, *measured}, key=Version)


def _make_lines(
    cell: str, where: str, measured: Mapping[str, list[Verdict]], versions: Iterable[str], categories: Categories
) -> Iterable[CellRanges]:
    shown = {
        version: {name for verdict in verdicts for name in list_errors(verdict, categories)}
        for version, verdicts in measured.items()
    }
    for signature in sorted(set().union(*shown.values())) or [""]:
        points = tuple(Point(version, _find_state(version, signature, measured, shown)) for version in versions)
        yield CellRanges(cell=cell, where=where, signature=signature, points=points)


def list_errors(verdict: Verdict, categories: Categories) -> list[str]:
    """The names of what the verdict stands for."""
    if verdict.status is Status.NOT_APPLICABLE:
        return []
    return [one.signature for one in select_counting_findings(verdict, categories)] + [
        one.type for one in verdict.unnamed
    ]


def _find_state(
    version: str, signature: str, measured: Mapping[str, list[Verdict]], shown: Mapping[str, set[str]]
) -> ReleaseState:
    if version not in measured:
        return ReleaseState.UNKNOWN
    if all(verdict.status is Status.NOT_APPLICABLE for verdict in measured[version]):
        return ReleaseState.INEXPRESSIBLE
    return ReleaseState.YES if signature in shown[version] else ReleaseState.NO


def find_spans(points: Sequence[Point]) -> tuple[Span, ...]:
    """The stretches of what was run, in order; each release that was run lies in exactly one."""
    known = [place for place, point in enumerate(points) if point.state is not ReleaseState.UNKNOWN]
    stretches: list[list[int]] = []
    for place in known:
        if stretches and points[stretches[-1][-1]].state is points[place].state:
            stretches[-1].append(place)
        else:
            stretches.append([place])
    return tuple(_make_span(points, stretches, number) for number in range(len(stretches)))


def _make_span(points: Sequence[Point], stretches: Sequence[Sequence[int]], number: int) -> Span:
    here = stretches[number]
    first, last = here[0], here[-1]
    before = stretches[number - 1][-1] if number else -1
    behind = stretches[number + 1][0] if number + 1 < len(stretches) else len(points)
    return Span(
        state=points[first].state,
        first=points[first].version,
        last=points[last].version,
        after=points[before].version if before >= 0 else "",
        before=points[behind].version if behind < len(points) else "",
        exact_start=first == before + 1,
        exact_end=last == behind - 1,
        unknown=tuple(
            points[place].version for place in range(first, last) if points[place].state is ReleaseState.UNKNOWN
        ),
    )


def format_ranges(points: Sequence[Point], verb: str = "reproduces") -> str:
    """`reproduces since 0.23.0 until 0.23.3, again since 1.4.0; not expressible before 0.23.0`.

    A bound next to releases that were not run names the other end of what is not known: `since 0.23.8 (or earlier,
    after 0.21.2)`.
    """
    found = find_spans(points)
    if not found:
        return "not run"
    yes = [span for span in found if span.state is ReleaseState.YES]
    parts = [f"{verb} {', again '.join(map(_format_span, yes))}" if yes else f"never {verb}"]
    parts += _format_inexpressible(found)
    unknown = sum(point.state is ReleaseState.UNKNOWN for point in points)
    if unknown:
        parts.append(f"{len(points) - unknown} of {len(points)} releases run")
    return "; ".join(parts)


def _format_span(span: Span) -> str:
    if not span.after and not span.before:
        return "in every release" if span.exact_start and span.exact_end and not span.unknown else "wherever it was run"
    start = f"since {span.first}{_format_doubt(span.exact_start, 'earlier', 'after', span.after)}" if span.after else ""
    end = f"until {span.last}{_format_doubt(span.exact_end, 'later', 'before', span.before)}" if span.before else ""
    return f"{start} {end}".strip()


def _format_doubt(exact: bool, where: str, bound: str, version: str) -> str:
    return "" if exact else f" (or {where}, {bound} {version})"


def _format_inexpressible(found: Sequence[Span]) -> Iterator[str]:
    for span in found:
        if span.state is ReleaseState.INEXPRESSIBLE:
            if not span.after and span.before and span.exact_end:
                yield f"not expressible before {span.before}"
            elif not span.after and span.before:
                yield f"not expressible until {span.last}{_format_doubt(False, 'later', 'before', span.before)}"
            elif span.after and not span.before:
                yield f"not expressible since {span.first}"
            elif span.after:
                yield f"not expressible from {span.first} to {span.last}"
            else:
                yield "not expressible anywhere"
