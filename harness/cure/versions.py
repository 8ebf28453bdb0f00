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
    from collections.abc import Collection, Iterator, Sequence

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


def list_named(options: CureOptions) -> frozenset[str]:
    """The packages of which the user names the release."""
    named = {PLUGIN: options.pytest_asyncio_versions} | options.versions_by_client
    return frozenset(package for package, versions in named.items() if versions)


def list_versions(
    environment: Environment, releases: Releases, named: Collection[str] = ()
) -> tuple[tuple[Candidate, ...], ...]:
    """Other releases of pytest-asyncio and of the client: newer and older ones of each, the nearest first.

    Of them, the next one, the newest, and the last of each series. None that is older of a package that is `named`:
    whoever names a release doesn't want to go back from it.
    """
    now = {PLUGIN: environment.plugin, environment.client: environment.client_version}
    return tuple(
        tuple(make_version_candidate(package, version, here) for version in versions)
        for package, here in now.items()
        if NONE not in (package, here) and package in releases.packages
        for versions in _list_releases(here, _list_known(package, environment, releases), only_newer=package in named)
    )


def list_nearer(good: Candidate, environment: Environment, releases: Releases) -> tuple[Candidate, ...]:
    """The releases between the environment's and one that cures, the nearest first."""
    ((package, version),) = good.versions
    now = environment.plugin if package == PLUGIN else environment.client_version
    low, high = sorted((Version(now), Version(version)))
    known = _list_known(package, environment, releases)
    between = [one for one in known if low < Version(one) < high]
    ordered = between if Version(version) > Version(now) else between[::-1]
    return tuple(make_version_candidate(package, one, now) for one in ordered)


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


def _list_known(package: str, environment: Environment, releases: Releases) -> list[str]:
    """What the Python can have, the oldest first."""
    return [one.version for one in releases.versions(package, python=environment.python_minor)]


def _list_releases(now: str, known: Sequence[str], *, only_newer: bool) -> Iterator[list[str]]:
    """Those that are newer, and those that are older."""
    here = Version(now)
    newer = [one for one in known if Version(one) > here]
    older = [one for one in reversed(known) if Version(one) < here]
    ends = {Version(one).release[:2]: one for one in known}.values()
    yield [one for one in newer if one == newer[0] or one in ends]
    if not only_newer:
        yield [one for one in older if one == older[0] or one in ends]
