"""Release dates: `releases.json`, which `harness.environments.refresh` writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.environments.unreleased import is_unreleased
from harness.errors import UnknownNameError
from harness.invocation import is_installed, is_under_nox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DATA = Path(__file__).with_name("releases.json")
PYTHON = "python"
"""Among what is watched."""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One release of one package."""

    version: str
    uploaded: datetime  # UTC, when its first file was
    requires_python: str = ""  # ">=3.8"
    yanked: bool = False
    pytest: str | msgspec.UnsetType = msgspec.UNSET  # of pytest-asyncio: which pytest it requires, ">=8.2,<10"

    def fits(self, python: str) -> bool:
        """Whether it says that it supports `python`, `"3.12"` or `"3.12.1"`."""
        return SpecifierSet(self.requires_python).contains(python, prereleases=True)


class ReleaseData(msgspec.Struct, frozen=True):
    """The file: for each package its releases in version order, complete as of `refreshed` (UTC).

    `packages` are those that are chosen from, without pre-releases. `watched` is what else is looked for before it is
    measured: their pre-releases after the newest release, and every release of `anyio`, `uvloop` and `python`.
    """

    refreshed: datetime
    packages: dict[str, tuple[Release, ...]]
    watched: dict[str, tuple[Release, ...]] = {}


class Releases:
    """Which releases there are, and when each was the newest. Raises `UnknownNameError` for what isn't listed."""

    def __init__(self, data: ReleaseData) -> None:
        self.refreshed = data.refreshed
        self._packages = {
            package: {release.version: release for release in sorted(releases, key=lambda each: Version(each.version))}
            for package, releases in data.packages.items()
        }

    @cached_property
    def packages(self) -> tuple[str, ...]:
        """The packages whose releases are listed."""
        return tuple(self._packages)

    def versions(
        self,
        package: str,
        *,
        python: str | None = None,
        as_of: datetime | None = None,
        yanked: bool = False,
    ) -> tuple[Release, ...]:
        """Releases in version order: those that support `python` and were out at `as_of`. Yanked ones only if asked."""
        return tuple(
            release
            for release in self._get_releases(package).values()
            if (yanked or not release.yanked)
            and (python is None or release.fits(python))
            and (as_of is None or release.uploaded <= as_of)
        )

    def get(self, package: str, version: str) -> Release:
        """One release, yanked or not; also a pre-release or what was never released, though they aren't listed."""
        if is_unreleased(version):
            return Release(version=version, uploaded=self.refreshed)
        known = self._get_releases(package)
        if version not in known:
            coming = _is_pre_release(version, tuple(known.values()), self.refreshed)
            if coming is not None:
                return coming
            error = UnknownNameError(f"version of {package}", version, known)
            error.remedy = (
                f"Did you mean {' or '.join(map(repr, find_nearest(version, known)))}? Releases are known up to "
                f"{self.refreshed:%Y-%m-%d}; to know later ones, {how_to_refresh()}."
            )
            raise error
        return known[version]

    def newest(self, package: str, *, python: str | None = None, as_of: datetime | None = None) -> Release | None:
        """The highest version that supports `python` and was out at `as_of`; None if there was none."""
        fit = self.versions(package, python=python, as_of=as_of)
        return fit[-1] if fit else None

    def current_until(self, package: str, version: str) -> datetime:
        """The second before the next release of any version line; `refreshed` for the latest.

        In order of time, not of version: pytest-asyncio 0.21.2 is a back-port that came out after 0.23.6 and was
        current until 0.23.7 did. Nobody was given a yanked release, so it ends no other's time.
        """
        start = self.get(package, version).uploaded
        later = [release.uploaded for release in self.versions(package) if release.uploaded > start]
        return min(later) - timedelta(seconds=1) if later else self.refreshed

    def _get_releases(self, package: str) -> dict[str, Release]:
        if package not in self._packages:
            raise UnknownNameError("package", package, self._packages)
        return self._packages[package]


def _is_pre_release(version: str, known: Sequence[Release], now: datetime) -> Release | None:
    """What a pre-release counts as: out when its release was, with what that requires; else now, with the newest's.

    None for what is none, and for one of a release that was never made. Whether it exists is for the resolver to say.
    """
    try:
        parsed = Version(version)
    except InvalidVersion:
        return None
    if not parsed.is_prerelease or not known:
        return None
    final = Version(parsed.base_version)
    made = next((release for release in known if Version(release.version) == final), None)
    if made is not None:
        return Release(version=version, uploaded=made.uploaded, requires_python=made.requires_python)
    if final < Version(known[-1].version):
        return None
    return Release(version=version, uploaded=now, requires_python=known[-1].requires_python)


def how_to_refresh() -> str:
    """What to do to know of later releases, as the end of a sentence."""
    if is_installed():
        return "install a newer version of this program"
    return f"run `{'nox -s refresh-releases' if is_under_nox() else 'python -m harness.environments.refresh'}`"


def find_nearest(version: str, known: Iterable[str]) -> list[str]:
    """The same version in the spelling that is known, `1.0.0` for `1.0`, otherwise the ones just below and above.

    For what is no version, as files from elsewhere may name, the newest.
    """
    ordered = sorted(known, key=Version)
    try:
        wanted = Version(version)
    except InvalidVersion:
        return ordered[-1:]
    same = [each for each in ordered if Version(each) == wanted]
    below = [each for each in ordered if Version(each) < wanted]
    above = [each for each in ordered if Version(each) > wanted]
    return same or below[-1:] + above[:1]


@lru_cache(maxsize=4)
def load_releases(path: Path = DATA) -> Releases:
    """The releases in `path`, by default the ones that come with the harness."""
    return Releases(msgspec.json.decode(path.read_bytes(), type=ReleaseData))
