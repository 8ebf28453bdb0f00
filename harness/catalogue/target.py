"""What a suite is written for: the versions it will meet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec
from packaging.requirements import Requirement
from packaging.version import Version


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The versions a suite is rendered for.

    `versions` maps the package names of the environment, and `python`, to exact versions. `additions` has those of
    what only some cells have beside them, by what these ask for.
    """

    platform: str  # linux | darwin | win32
    client: str  # package
    versions: Mapping[str, str]
    additions: Mapping[tuple[str, ...], Mapping[str, str]] = {}

    def has(self, package: str) -> bool:
        """Whether the package is installed."""
        return package in self.versions

    def add(self, packages: tuple[str, ...]) -> Target:
        """The target for a cell that asks for these packages."""
        added = self.additions.get(packages)
        return msgspec.structs.replace(self, versions={**self.versions, **added}) if added else self

    def meets(self, requirement: str) -> bool:
        """Whether `pytest-asyncio>=0.23` holds here; False for a package that isn't installed."""
        version = self.versions.get(parse_version(requirement).name)
        return version is not None and is_allowed(requirement, version)


@cache
def parse_version(requirement: str) -> Requirement:
    """The requirement; thousands of cells ask for the same few."""
    return Requirement(requirement)


@cache
def is_allowed(requirement: str, version: str) -> bool:
    """Whether the version is one that the requirement allows."""
    return parse_version(requirement).specifier.contains(Version(version), prereleases=True)
