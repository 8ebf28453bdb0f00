"""Since and until which releases each cell shows each error, from results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from harness.compare.ranges import Point, ReleaseState, told
from harness.verdicts.model import Status
from harness.verdicts.same_outcome import counting_findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.environments.model import Environment
    from harness.environments.releases import Releases
    from harness.store.model import Results
    from harness.verdicts.model import Verdict
    from harness.verdicts.signatures import SignatureCategory

    Categories = Mapping[str, SignatureCategory]

PYTHON = "python"
_UNTELLING = frozenset({Status.UNRESOLVABLE, Status.INFRASTRUCTURE})

Releasewise = dict[str, list["Verdict"]]  # release → verdicts


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
    def said(self) -> str:
        """`since 0.23.0 until 0.23.3`."""
        return told(self.points, "shown")


def release_ranges(results: Results, over: str, releases: Releases, categories: Categories) -> tuple[CellRanges, ...]:
    """A line a cell, environment without `over`, and error; of each, all releases that the Python can have.

    A repeated cell shows an error if one of its runs did.
    """
    found: dict[tuple[str, str], Releasewise] = {}
    pythons: dict[str, str] = {}
    for run in results.runs:
        environment = run.header.environment
        if environment is None:
            continue
        version = version_of(environment, over)
        if not version:
            continue
        where = rest_of(environment, over)
        pythons[where] = environment.python_minor
        for outcome in run.outcomes:
            if outcome.verdict.status not in _UNTELLING:
                measured = found.setdefault((outcome.cell, where), {})
                measured.setdefault(version, []).append(outcome.verdict)
    return tuple(
        line
        for (cell, where), measured in sorted(found.items())
        for line in _lines(cell, where, measured, _all_releases(over, releases, pythons[where], measured), categories)
    )


def version_of(environment: Environment, over: str) -> str:
    """The environment's release of `over`; empty where that isn't installed."""
    return environment.python_minor if over == PYTHON else environment.installed.get(over, "")


def rest_of(environment: Environment, over: str) -> str:
    """What its id says besides the version of `over`: `linux-x86_64, cpython-3.12, valkey-6.2.0`."""
    version = version_of(environment, over)
    name = environment.implementation if over == PYTHON else over
    return ", ".join(part for part in environment.id.split("/") if part != f"{name}-{version}")


def _all_releases(over: str, releases: Releases, python: str, measured: Iterable[str]) -> list[str]:
    """In order. Of Python those that were run; of packages what this Python can have, and whatever else was run."""
    known = [] if over == PYTHON else [one.version for one in releases.versions(over, python=python)]
    return sorted({*known, *measured}, key=Version)


def _lines(
    cell: str, where: str, measured: Mapping[str, list[Verdict]], versions: Iterable[str], categories: Categories
) -> Iterable[CellRanges]:
    shown = {
        version: {name for verdict in verdicts for name in errors_of(verdict, categories)}
        for version, verdicts in measured.items()
    }
    for signature in sorted(set().union(*shown.values())) or [""]:
        points = tuple(Point(version, _state(version, signature, measured, shown)) for version in versions)
        yield CellRanges(cell=cell, where=where, signature=signature, points=points)


def errors_of(verdict: Verdict, categories: Categories) -> list[str]:
    """The names of what the verdict stands for."""
    if verdict.status is Status.NOT_APPLICABLE:
        return []
    return [one.signature for one in counting_findings(verdict, categories)] + [one.type for one in verdict.unnamed]


def _state(
    version: str, signature: str, measured: Mapping[str, list[Verdict]], shown: Mapping[str, set[str]]
) -> ReleaseState:
    if version not in measured:
        return ReleaseState.UNKNOWN
    if all(verdict.status is Status.NOT_APPLICABLE for verdict in measured[version]):
        return ReleaseState.INEXPRESSIBLE
    return ReleaseState.YES if signature in shown[version] else ReleaseState.NO
