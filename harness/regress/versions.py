"""Which versions are asked for, and which environments of the baseline they are compared with.

A version that is named picks the environments that have it. Where none has it, those of the newest version before it
are picked: that is the upgrade being checked. What isn't named stays as it is in the environment that was picked.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.columns import version_order
from harness.environments.identity import PLUGIN, parse_pins, split_implementation
from harness.environments.interpreters import find_newest
from harness.packages import DEFAULT_CLIENT, NEWEST
from harness.planning.environments import require_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cli.options import RegressOptions
    from harness.environments.model import Environment, Interpreter
    from harness.environments.releases import Releases


class VersionChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One version of each thing that was named; empty where it wasn't."""

    python: str = ""  # "3.12", "3.13t"
    plugin: str = ""
    pytest: str = ""
    client: str = ""  # the package
    client_version: str = ""
    pins: tuple[tuple[str, str], ...] = ()  # further packages


class RequestedVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was named: the environments to run are its combinations."""

    python_versions: tuple[str, ...] = ()
    pytest_asyncio_versions: tuple[str, ...] = ()
    pytest_versions: tuple[str, ...] = ()
    client: str = ""
    client_versions: tuple[str, ...] = ()
    pins: tuple[tuple[str, str], ...] = ()
    existing: str = ""  # the environment in which, or in copies of which, all is run

    @property
    def packages(self) -> frozenset[str]:
        """The names of what was asked for, `python` among them."""
        given = {
            "python": self.python_versions,
            PLUGIN: self.pytest_asyncio_versions,
            "pytest": self.pytest_versions,
            self.client: True,
        }
        return frozenset(name for name, versions in given.items() if name and versions) | {
            name for name, _ in self.pins
        }

    def combinations(self) -> Iterator[VersionChoice]:
        """Every version of one thing with every version of the others."""
        sides = (self.python_versions, self.pytest_asyncio_versions, self.pytest_versions, self.client_versions)
        for python, plugin, pytest, client_version in itertools.product(*(side or ("",) for side in sides)):
            yield VersionChoice(
                python=python,
                plugin=plugin,
                pytest=pytest,
                client=self.client,
                client_version=client_version,
                pins=self.pins,
            )

    def __str__(self) -> str:
        named = {
            PLUGIN: self.pytest_asyncio_versions,
            "pytest": self.pytest_versions,
            self.client or "client": self.client_versions or (("",) if self.client else ()),
            **{name: (version,) for name, version in self.pins},
            "Python": self.python_versions,
        }
        texts = [f"{name} {' and '.join(versions)}".strip() for name, versions in named.items() if versions]
        again = f"the environment {self.existing}" if self.existing else "the same versions again"
        return ", ".join(texts) or again


def read_requested(
    options: RegressOptions, interpreters: Sequence[Interpreter], releases: Releases
) -> RequestedVersions:
    """What the options name, `newest` resolved. Raises `UnknownNameError` for a version that was never released."""
    client = options.client or (DEFAULT_CLIENT if options.client_versions else "")
    given = {
        PLUGIN: options.pytest_asyncio_versions,
        "pytest": options.pytest_versions,
        client: options.client_versions,
    }
    for package, versions in given.items():
        require_known(releases, package, versions)

    def resolved(package: str) -> tuple[str, ...]:
        versions = given.get(package, ())
        latest = releases.newest(package) if NEWEST in versions else None
        return tuple(dict.fromkeys(latest.version if latest and one == NEWEST else one for one in versions))

    pythons = (find_newest(interpreters).minor if one == NEWEST else one for one in options.python_versions)
    return RequestedVersions(
        python_versions=tuple(dict.fromkeys(pythons)),
        pytest_asyncio_versions=resolved(PLUGIN),
        pytest_versions=resolved("pytest"),
        client=client,
        client_versions=resolved(client) if client else (),
        pins=tuple(sorted(parse_pins(options.pins, client))),
        existing=str(options.environment or ""),
    )


def choose_environments(wanted: VersionChoice, environments: Sequence[Environment]) -> list[Environment]:
    """The environments of the baseline that are run again with the wanted versions in place of theirs."""
    found = list(environments)
    if wanted.python:
        implementation, version = split_implementation(wanted.python)
        found = [one for one in found if one.implementation == implementation] or found
        exact = [one for one in found if version == one.python]
        found = exact or find_nearest(found, lambda one: one.python_minor, ".".join(version.split(".")[:2]))
    if wanted.client:
        found = [one for one in found if one.client == wanted.client] or found
    if wanted.plugin:
        found = find_nearest(found, lambda one: one.plugin, wanted.plugin)
    if wanted.pytest:
        found = find_nearest(found, lambda one: one.pytest, wanted.pytest)
    if wanted.client_version and any(one.client == wanted.client for one in found):
        found = find_nearest(found, lambda one: one.client_version, wanted.client_version)
    for name, version in wanted.pins:
        having = [one for one in found if name in one.installed]
        found = find_nearest(having, make_version_reader(name), version) if having else found
    return found


def make_version_reader(name: str) -> Callable[[Environment], str]:
    """Tells the version of a package that is installed."""
    return lambda environment: environment.installed[name]


def find_nearest(found: Sequence[Environment], version: Callable[[Environment], str], wanted: str) -> list[Environment]:
    """Those of the wanted version; if there is none, of the newest before it; if there is none, of the first after."""
    there = {version(one) for one in found}
    if wanted not in there:
        older = [one for one in there if version_order(one) < version_order(wanted)]
        wanted = max(older, key=version_order) if older else min(there, key=version_order)
    return [one for one in found if version(one) == wanted]
