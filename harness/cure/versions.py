"""On which versions a suite is cured, and cures that are another version of a package."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.cure.model import Candidate, CandidateKind
from harness.environments.identity import PLUGIN
from harness.environments.interpreters import find_newest
from harness.packages import NEWEST, NONE
from harness.suites.pythons import fit_interpreters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cli.options import CureOptions
    from harness.cure.model import Content
    from harness.environments.model import Environment, Interpreter
    from harness.environments.releases import Releases
    from harness.suites.suite import Suite


def choose_versions(
    options: CureOptions, suite: Suite, interpreters: Sequence[Interpreter], releases: Releases
) -> CureOptions:
    """The options with a release of pytest-asyncio where none is named: what the suite's files ask for, or the newest.

    With an environment, what is in it counts.
    """
    if options.environment is not None or options.pytest_asyncio_versions:
        return options
    fit = fit_interpreters(suite.needed.python, interpreters) or interpreters
    python = options.python_versions[0] if options.python_versions else find_newest(fit).minor
    if python == NEWEST:
        python = find_newest(interpreters).minor
    return replace(options, pytest_asyncio_versions=(_find_asked(suite, python, releases) or NEWEST,))


def _find_asked(suite: Suite, python: str, releases: Releases) -> str:
    """The newest release that the suite's files allow, or that of its lock file; empty where they name none."""
    lines = map(Requirement, (*suite.needed.lines, *suite.needed.constraints))
    asked = [one.specifier for one in lines if canonicalize_name(one.name) == PLUGIN and one.specifier]
    allowed = SpecifierSet(",".join(map(str, asked)))
    known = [one.version for one in releases.versions(PLUGIN, python=python) if allowed.contains(one.version)]
    locked = [pin.partition("==")[2] for pin in suite.needed.preferences if pin.partition("==")[0] == PLUGIN]
    if locked and locked[0] in known:
        return locked[0]
    return known[-1] if asked and known else ""


def list_versions(environment: Environment, releases: Releases) -> tuple[Candidate, ...]:
    """Other releases of pytest-asyncio and of the client: the next ones, the newest, and the last of each series.

    The nearest first, those of pytest-asyncio before those of the client.
    """
    return (
        *_list_releases(PLUGIN, environment.plugin, environment, releases),
        *_list_releases(environment.client, environment.client_version, environment, releases),
    )


def list_between(package: str, bad: str, good: str, environment: Environment, releases: Releases) -> tuple[str, ...]:
    """The releases after `bad` up to `good`, in that order; both ways round."""
    versions = [one.version for one in releases.versions(package, python=environment.python_minor)]
    low, high = sorted((Version(bad), Version(good)))
    between = [one for one in versions if low <= Version(one) <= high and one != bad]
    return tuple(between if Version(good) > Version(bad) else reversed(between))


def make_version_candidate(package: str, version: str, now: str) -> Candidate:
    """The suite as it is, with another version of a package."""
    way = "upgrade" if Version(version) > Version(now) else "go back"
    return Candidate(
        name=f"{package}-{version}",
        title=f"{way} from {package} {now} to {version}",
        kind=CandidateKind.VERSION,
        change=_keep,
        versions=((package, version),),
    )


def _keep(content: Content) -> Content:
    return content


def _list_releases(package: str, now: str, environment: Environment, releases: Releases) -> Iterator[Candidate]:
    if NONE in (package, now) or package not in releases.packages:
        return
    known = [one.version for one in releases.versions(package, python=environment.python_minor)]
    here = Version(now)
    older = [one for one in reversed(known) if Version(one) < here]
    newer = [one for one in known if Version(one) > here]
    ends: dict[tuple[int, ...], str] = {}
    for one in known:
        ends[Version(one).release[:2]] = one
    series = [one for one in ends.values() if one != now]
    chosen = dict.fromkeys((*newer[:1], *newer[-1:], *older[:1]))
    chosen |= dict.fromkeys(sorted(series, key=lambda one: _measure_distance(known, one, now)))
    yield from (make_version_candidate(package, version, now) for version in chosen)


def _measure_distance(known: Sequence[str], version: str, now: str) -> tuple[int, bool]:
    """How many releases lie between; of two that are as far, the newer first."""
    place = known.index(now) if now in known else sum(Version(one) < Version(now) for one in known)
    return abs(known.index(version) - place), Version(version) < Version(now)
