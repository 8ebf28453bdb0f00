"""What a suite is written for: the versions it will meet."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from packaging.requirements import Requirement
from packaging.version import Version


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The versions a suite is rendered for.

    `versions` maps the package names of the environment, and `python`, to exact versions.
    """

    platform: str  # linux | darwin | win32
    client: str  # valkey | redis
    versions: Mapping[str, str]

    def has(self, package: str) -> bool:
        """Whether the package is installed."""
        return package in self.versions

    def meets(self, requirement: str) -> bool:
        """Whether `pytest-asyncio>=0.23` holds here; False for a package that isn't installed."""
        wanted = Requirement(requirement)
        version = self.versions.get(wanted.name)
        return version is not None and wanted.specifier.contains(Version(version), prereleases=True)
